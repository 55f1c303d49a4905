#!/bin/bash
# A database and its owner for each service, who read no one else's, as the superuser that PGHOST, PGUSER and PGPASSWORD
# name. May run at every start: it makes what is missing, and gives each role the password that it has from now on.
set -euo pipefail

role() {  # name, password
  psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --set name="$1" --set password="$2" --dbname postgres <<'SQL'
SELECT format('CREATE ROLE %I', :'name') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'name') \gexec
ALTER ROLE :"name" LOGIN PASSWORD :'password';
SQL
}

database() {  # name, password
  role "$1" "$2"
  psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --set name="$1" --dbname postgres <<'SQL'
-- A superuser of a managed server makes nothing for a role that it is not a member of.
SELECT format('GRANT %I TO CURRENT_USER', :'name') WHERE NOT pg_has_role(:'name', 'MEMBER') \gexec
SELECT format('CREATE DATABASE %I OWNER %I', :'name', :'name')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
REVOKE CONNECT ON DATABASE :"name" FROM PUBLIC;
SQL
}

database crm "$CRM_PASSWORD"
database scheduler "$SCHEDULER_PASSWORD"
database gateway "$GATEWAY_PASSWORD"
database actions "$ACTIONS_PASSWORD"

# crm-api itself runs as a role that owns nothing; its `migrate`, as the owner, gives it what it needs.
role crm_app "$CRM_APP_PASSWORD"
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --dbname postgres --command 'GRANT CONNECT ON DATABASE crm TO crm_app'
