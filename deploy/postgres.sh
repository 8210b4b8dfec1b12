# Runs once, in an empty database server: a role and a database per service, none sees the other's.
for service in escalation reporting; do
  password=$(cat "/run/secrets/$service")
  psql -v ON_ERROR_STOP=1 -h /var/run/postgresql -U "$POSTGRES_USER" -d postgres <<SQL
CREATE ROLE $service LOGIN PASSWORD '$password';
CREATE DATABASE $service OWNER $service ENCODING 'UTF8' TEMPLATE template0;
REVOKE CONNECT ON DATABASE $service FROM PUBLIC;
SQL
done
