use expect_test::expect;

use super::check;
use crate::language::Language;

#[test]
fn schema_and_references() {
    check(
        Language::Sql,
        r##"
-- Users.
CREATE TABLE IF NOT EXISTS app.users (id INT PRIMARY KEY, team_id INT REFERENCES teams (id), name VARCHAR(20) DEFAULT 'x');
CREATE UNIQUE INDEX users_name ON app.users (name);
CREATE OR REPLACE VIEW active AS SELECT u.id, count(*) FROM app.users u JOIN teams t ON t.id = u.team_id;
CREATE FUNCTION app.total(a INT) RETURNS INT AS $$ SELECT a + 1; $$ LANGUAGE sql;
CREATE TRIGGER touched BEFORE UPDATE ON app.users FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE SCHEMA extra;
CREATE MATERIALIZED VIEW summary AS SELECT 1;
INSERT INTO "teams" (id) VALUES (1);
"##,
        &expect![[r#"
            table users 3-3
            table users_name 4-4
            table active 5-5
            function total 6-6
            function touched 7-7
            type mood 8-8
            module extra 9-9
            table summary 10-10
            refers to: teams users u count users teams t u users touch teams
        "#]],
    );
}
