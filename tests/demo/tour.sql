-- The tour of `make demo`. Variables: url and token of the simulated Basecamp.
\pset border 2
\pset linestyle unicode
\pset footer off
\echo 'Larkspur is a design studio of 25 people with a dozen projects in Basecamp. Its work is in there;'
\echo 'its customers are in a database. Twelve steps that need both.'
\echo ''
\echo '1. Connect. A server is an account, a user mapping is who you are there; import makes the tables.'
\echo '   (This Basecamp is a simulator on this machine, so ratelimit is off: the real one allows 50'
\echo '   requests in 10 s.)'
CREATE EXTENSION basecamp_fdw;
CREATE SERVER bc FOREIGN DATA WRAPPER basecamp_fdw
  OPTIONS (accountid '1234567', url :'url', oauthurl :'url', projectid 'all', ratelimit '0', useragent 'demo@example.com');
CREATE USER MAPPING FOR CURRENT_USER SERVER bc OPTIONS (oauthaccesstoken :'token');
CREATE SCHEMA bc;
SELECT count(*) AS tables, min(done) AS done FROM basecamp.import('bc', 'bc');

\echo '2. Is everything right? check looks at each thing that a connection needs.'
SELECT what, result, left(finding, 62) AS finding FROM basecamp.check('bc')
 WHERE what IN ('tokens', 'API', 'account', 'projects', 'clock');

\echo '3. Projects are rows.'
SELECT name, created_at::date AS since, clients_enabled AS clients FROM bc.projects ORDER BY name LIMIT 6;

\echo '4. The studio''s own table of customers, joined with Basecamp: what is overdue, for whom?'
CREATE SCHEMA crm;
CREATE TABLE crm.customers AS
  SELECT id AS project_id, split_part(name, ':', 1) AS name FROM bc.projects WHERE name LIKE '%:%';
SELECT c.name AS customer, count(*) AS overdue, min(t.due_on) AS since
  FROM bc.todos t JOIN crm.customers c USING (project_id)
 WHERE NOT t.completed AND t.due_on < current_date
 GROUP BY c.name ORDER BY overdue DESC, customer LIMIT 5;

\echo '5. Who has too much in the next two weeks?'
SELECT person ->> 'name' AS assignee, count(*) AS due, string_agg(DISTINCT left(t.project_name, 20), ', ') AS projects
  FROM bc.todos t CROSS JOIN LATERAL jsonb_array_elements(t.assignees) AS person
 WHERE NOT t.completed AND t.due_on BETWEEN current_date AND current_date + 13
 GROUP BY assignee HAVING count(DISTINCT t.project_id) <= 3 ORDER BY due DESC, assignee LIMIT 5;

\echo '6. What did messages say about the budget? Rich text is read as text.'
SELECT created_at::date AS day, subject, left(basecamp.html_to_text(content), 40) AS begins
  FROM bc.messages WHERE basecamp.html_to_text(content) ILIKE '%budget%' ORDER BY created_at DESC LIMIT 3;

\echo '7. Where are the cards, and where did the hours go?'
SELECT parent_title AS card_column, count(*) AS cards FROM bc.cards GROUP BY 1 ORDER BY 2 DESC, 1;
SELECT project_name, sum(hours) AS hours FROM bc.timesheet_entries
 WHERE date >= current_date - 90 GROUP BY 1 ORDER BY 2 DESC LIMIT 4;

\echo '8. What will a query cost? EXPLAIN says so and asks nothing: one list is read by its own pages,'
\echo '   and the condition on completed goes along. Requests are what counts.'
SELECT min(id) AS list FROM bc.todolists \gset
EXPLAIN SELECT content FROM bc.todos WHERE todolist_id = :list AND NOT completed;

\echo '9. Archived and trashed records appear when a condition on status asks for them.'
SELECT status, count(*) AS todos FROM bc.todos WHERE status IS NOT NULL GROUP BY 1 ORDER BY 1;

\echo '10. Write. A to-do is made, assigned by e-mail address, done, commented, trashed and restored.'
SELECT email_address AS ann FROM bc.people WHERE email_address IS NOT NULL ORDER BY name LIMIT 1 \gset
INSERT INTO bc.todos (todolist_id, content, description, due_on)
VALUES (:list, 'Call the printer', basecamp.text_to_html('Ask for proofs & prices.'), current_date + 2)
RETURNING id AS todo \gset
UPDATE bc.todos SET assignees = jsonb_build_array(:'ann'), completed = true WHERE id = :todo;
INSERT INTO bc.comments (recording_id, content) VALUES (:todo, 'They will send both.')
RETURNING content AS comment, creator_name AS by, parent_title AS on;
DELETE FROM bc.todos WHERE id = :todo;
SELECT content, assignees #>> '{0,name}' AS assignee, completed, due_on, status FROM bc.todos WHERE id = :todo;
UPDATE bc.todos SET status = 'active' WHERE id = :todo RETURNING content, status;

\echo '11. The same for many: a plan of twenty tasks in a local table becomes to-dos, in its order.'
CREATE TABLE crm.onboarding AS
  SELECT n, format('Day %s: %s', n, (ARRAY['meet', 'read', 'try', 'ask'])[1 + n % 4]) AS task FROM generate_series(1, 20) n;
INSERT INTO bc.todos (todolist_id, content) SELECT :list, task FROM crm.onboarding ORDER BY n;
SELECT count(*) AS tasks, min(id) = min(id) FILTER (WHERE content LIKE 'Day 1:%') AS in_order
  FROM bc.todos WHERE todolist_id = :list AND content LIKE 'Day %';

\echo '12. Mistakes are answered with the way out.'
\set ON_ERROR_STOP off
SELECT * FROM bc.todos WHERE project_id = 1;
CREATE FOREIGN TABLE mine (id bigint, what text OPTIONS (field 'contnet')) SERVER bc OPTIONS (resource 'todos');
\set ON_ERROR_STOP on

\echo 'Now try: \\d bc.* for all tables, SELECT name, meaning FROM basecamp.resources(''bc''), the thirty'
\echo 'queries of docs/cookbook.md, and README.md, "Five minutes with a real account".'
