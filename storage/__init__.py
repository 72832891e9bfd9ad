"""The data layer: ports (records and Protocols), SQL, Redis, migrations, demo data, import, regions."""
