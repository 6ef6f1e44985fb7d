-- The tour of `make demo`. Variables: url and token of the simulated Basecamp.
\echo '1. Connect: a server is an account, a user mapping is who you are there.'
CREATE EXTENSION basecamp_fdw;
CREATE SERVER bc FOREIGN DATA WRAPPER basecamp_fdw
  OPTIONS (accountid '1234567', url :'url', projectid 'all', useragent 'demo@example.com');
CREATE USER MAPPING FOR CURRENT_USER SERVER bc OPTIONS (oauthaccesstoken :'token');
CREATE SCHEMA bc;
IMPORT FOREIGN SCHEMA v3 FROM SERVER bc INTO bc;

\echo '2. Local data to join with: which customer each project is for.'
CREATE SCHEMA crm;
CREATE TABLE crm.customers AS
  SELECT row_number() OVER (ORDER BY id) AS id, id AS project_id, 'Customer ' || row_number() OVER (ORDER BY id) AS name
    FROM bc.projects;
ANALYZE crm.customers;

\echo '3. Projects are rows.'
SELECT id, name, created_at::date, clients_enabled FROM bc.projects ORDER BY id LIMIT 5;

\echo '4. Open and overdue to-dos per customer: Basecamp joined with a local table.'
SELECT c.name, count(*) AS overdue, min(t.due_on) AS since
  FROM bc.todos t JOIN crm.customers c ON c.project_id = t.project_id
 WHERE NOT t.completed AND t.due_on < current_date
 GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 5;

\echo '5. EXPLAIN says what will be asked, without asking: one listing for the whole account.'
EXPLAIN SELECT content FROM bc.todos WHERE NOT completed;

\echo '6. One record by its id is one request. EXPLAIN ANALYZE counts them.'
SELECT min(id) AS todo FROM bc.todos \gset
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT content FROM bc.todos WHERE id = :todo;

\echo '7. A list is read by its own pages; the condition on completed is sent along.'
SELECT min(id) AS list FROM bc.todolists \gset
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT content FROM bc.todos WHERE todolist_id = :list AND NOT completed;

\echo '8. Archived and trashed records appear when a condition on status asks for them.'
SELECT status, count(*) FROM bc.todos WHERE status IS NOT NULL GROUP BY 1 ORDER BY 1;

\echo '9. Cards by column of the boards.'
SELECT parent_title AS card_column, count(*) FROM bc.cards GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 5;

\echo '10. The most commented messages, and who wrote them.'
SELECT m.title, m.creator_name, count(c.id) AS comments
  FROM bc.messages m JOIN bc.comments c ON c.recording_id = m.id
 GROUP BY m.id, m.title, m.creator_name ORDER BY 3 DESC, 1 LIMIT 5;

\echo '11. Every field is in reach: record is the whole thing as Basecamp sent it.'
SELECT id, jsonb_pretty(record -> 'bucket') AS bucket FROM bc.todos LIMIT 1;

\echo '12. A prepared statement: plans are cached, parameters decide what is asked.'
PREPARE work(bigint) AS SELECT count(*) FROM bc.todos WHERE project_id = $1;
EXECUTE work(5000);
EXECUTE work(5001);
