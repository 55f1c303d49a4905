#!/bin/bash
# At the first start: a database and its owner for each service. Nobody reads another's.
set -euo pipefail

database() {  # name, password
  psql --no-psqlrc --set ON_ERROR_STOP=1 --set name="$1" --set password="$2" --dbname postgres <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name";
REVOKE CONNECT ON DATABASE :"name" FROM PUBLIC;
SQL
}

export PGUSER=${POSTGRES_USER:-postgres}
database crm "$CRM_PASSWORD"
database scheduler "$SCHEDULER_PASSWORD"
database gateway "$GATEWAY_PASSWORD"
database actions "$ACTIONS_PASSWORD"

# crm-api itself runs as a role that owns nothing; its `migrate`, as the owner, gives it what it needs.
psql --no-psqlrc --set ON_ERROR_STOP=1 --set password="$CRM_APP_PASSWORD" --dbname postgres <<'SQL'
CREATE ROLE crm_app LOGIN PASSWORD :'password';
GRANT CONNECT ON DATABASE crm TO crm_app;
SQL
