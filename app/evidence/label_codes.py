"""The two codes on a label, as SVG: a QR code with the address of the exhibit, and Code 128 with its digits."""

import io

import segno

# The bars and gaps of each value of Code 128, in modules (ISO/IEC 15417); the last is the stop.
_WIDTHS = [
    "212222",
    "222122",
    "222221",
    "121223",
    "121322",
    "131222",
    "122213",
    "122312",
    "132212",
    "221213",
    "221312",
    "231212",
    "112232",
    "122132",
    "122231",
    "113222",
    "123122",
    "123221",
    "223211",
    "221132",
    "221231",
    "213212",
    "223112",
    "312131",
    "311222",
    "321122",
    "321221",
    "312212",
    "322112",
    "322211",
    "212123",
    "212321",
    "232121",
    "111323",
    "131123",
    "131321",
    "112313",
    "132113",
    "132311",
    "211313",
    "231113",
    "231311",
    "112133",
    "112331",
    "132131",
    "113123",
    "113321",
    "133121",
    "313121",
    "211331",
    "231131",
    "213113",
    "213311",
    "213131",
    "311123",
    "311321",
    "331121",
    "312113",
    "312311",
    "332111",
    "314111",
    "221411",
    "431111",
    "111224",
    "111422",
    "121124",
    "121421",
    "141122",
    "141221",
    "112214",
    "112412",
    "122114",
    "122411",
    "142112",
    "142211",
    "241211",
    "221114",
    "413111",
    "241112",
    "134111",
    "111242",
    "121142",
    "121241",
    "114212",
    "124112",
    "124211",
    "411212",
    "421112",
    "421211",
    "212141",
    "214121",
    "412121",
    "111143",
    "111341",
    "131141",
    "114113",
    "114311",
    "411113",
    "411311",
    "113141",
    "114131",
    "311141",
    "411131",
    "211412",
    "211214",
    "211232",
    "2331112",
]
_START_C, _STOP = 105, 106


def list_bar_values(digits):
    """Return the values of Code 128, set C, for an even number of digits, with start, check value and stop."""
    values = [_START_C, *(int(digits[at : at + 2]) for at in range(0, len(digits), 2))]
    check = (values[0] + sum(at * value for at, value in enumerate(values[1:], 1))) % 103
    return [*values, check, _STOP]


def draw_bars(digits):
    """Return Code 128 of the digits as SVG, one module wide per unit, with the quiet zones."""
    at, bars = 10, []
    for value in list_bar_values(digits):
        for place, width in enumerate(map(int, _WIDTHS[value])):
            if place % 2 == 0:
                bars.append(f"M{at} 0h{width}v1h-{width}z")
            at += width
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {at + 10} 1" preserveAspectRatio="none">'
        f'<path d="{"".join(bars)}"/></svg>'
    )


def draw_square(address):
    """Return the address as a QR code in SVG. One fixed mask halves the time, and every reader accepts it."""
    out = io.BytesIO()
    segno.make(address, error="m", micro=False, mask=0).save(out, kind="svg", border=0, xmldecl=False)
    return out.getvalue().decode()
