"""Charts as accessible SVG drawn on the server: bars, a line with its usual band, a heat grid and a map.

A chart is shapes plus a list of labels. A page writes the labels as SVG text; on paper typst sets them itself, because it
places Khmer text inside an SVG wrongly. The functions take plain data and know neither the web nor the database.
"""
