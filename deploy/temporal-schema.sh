#!/bin/sh
# Makes Temporal's two databases if they are missing and brings them up to date.
set -eu
for database in temporal temporal_visibility; do
  folder=${database#temporal_}
  temporal-sql-tool --database "$database" create-database
  if ! temporal-sql-tool --database "$database" update-schema --schema-name "postgresql/v12/$folder"; then
    temporal-sql-tool --database "$database" setup-schema -v 0.0
    temporal-sql-tool --database "$database" update-schema --schema-name "postgresql/v12/$folder"
  fi
done
