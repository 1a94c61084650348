-- Undo of what a test wrote: each table reports its writes, and a function restores the rows of the template.
-- It deletes and inserts, because an emptied table needs new files: ten times as slow.
CREATE SCHEMA undo;
CREATE TABLE undo.written (name name NOT NULL);
CREATE TABLE undo.kept (name name PRIMARY KEY, restore text NOT NULL);
CREATE TABLE undo.sequences AS
    SELECT schemaname, sequencename, coalesce(last_value, start_value) AS value, last_value IS NOT NULL AS is_called
    FROM pg_sequences WHERE schemaname = 'public';

CREATE FUNCTION undo.report_writing() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO undo.written VALUES (TG_TABLE_NAME);
    RETURN NULL;
END $$;

DO $$
DECLARE
    each_table name;
    columns text;
    number_of_rows bigint;
BEGIN
    FOR each_table IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format(
            'CREATE TRIGGER zz_report_writing AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON public.%I '
            'FOR EACH STATEMENT EXECUTE FUNCTION undo.report_writing()', each_table);
        EXECUTE format('SELECT count(*) FROM public.%I', each_table) INTO number_of_rows;
        IF number_of_rows < 1000 THEN
            SELECT string_agg(quote_ident(attname), ', ') INTO columns FROM pg_attribute
            WHERE attrelid = format('public.%I', each_table)::regclass
                AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
            EXECUTE format('CREATE TABLE undo.%I AS SELECT %s FROM public.%I', 'of_' || each_table, columns, each_table);
            INSERT INTO undo.kept VALUES (each_table, format(
                'INSERT INTO public.%I (%s) OVERRIDING SYSTEM VALUE SELECT * FROM undo.%I',
                each_table, columns, 'of_' || each_table));
        END IF;
    END LOOP;
END $$;

-- Return whether all written tables are restored; false means that a new copy of the template is needed.
CREATE FUNCTION undo.restore_tables() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    one record;
    deleted bigint;
BEGIN
    SET LOCAL lock_timeout = '1s';
    SET LOCAL session_replication_role = replica;  -- no trigger, no check of foreign keys
    FOR one IN
        SELECT written.name, kept.restore FROM (SELECT DISTINCT name FROM undo.written) AS written
        LEFT JOIN undo.kept USING (name)
    LOOP
        IF one.restore IS NULL THEN
            RETURN false;
        END IF;
        EXECUTE format('DELETE FROM public.%I', one.name);
        GET DIAGNOSTICS deleted = ROW_COUNT;
        IF deleted > 2000 THEN
            RETURN false;
        END IF;
        EXECUTE one.restore;
    END LOOP;
    DELETE FROM undo.written;
    PERFORM setval(format('%I.%I', kept.schemaname, kept.sequencename)::regclass, kept.value, kept.is_called)
    FROM undo.sequences AS kept JOIN pg_sequences AS now USING (schemaname, sequencename)
    WHERE now.last_value IS DISTINCT FROM kept.value;
    RETURN true;
END $$;
