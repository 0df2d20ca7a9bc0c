-- A database of schema version 2, the first that was released, with an account and a device.
PRAGMA journal_mode=WAL;
CREATE TABLE account(id INTEGER PRIMARY KEY, sid TEXT NOT NULL UNIQUE, salt BLOB NOT NULL, token_hash BLOB NOT NULL, date_created INTEGER NOT NULL);
CREATE TABLE blob(hash BLOB PRIMARY KEY NOT NULL, size INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE app(id INTEGER PRIMARY KEY AUTOINCREMENT, sid TEXT NOT NULL UNIQUE, unique_name TEXT UNIQUE, manifest_hash BLOB NOT NULL REFERENCES blob(hash), date_created INTEGER NOT NULL, date_updated INTEGER NOT NULL);
CREATE INDEX app_by_manifest ON app(manifest_hash);
CREATE TABLE app_layer(app INTEGER NOT NULL REFERENCES app(id) ON DELETE CASCADE, hash BLOB NOT NULL REFERENCES blob(hash), PRIMARY KEY(app, hash)) WITHOUT ROWID;
CREATE INDEX app_layer_by_hash ON app_layer(hash);
CREATE TABLE device(id INTEGER PRIMARY KEY AUTOINCREMENT, sid TEXT NOT NULL UNIQUE, unique_name TEXT UNIQUE, retired INTEGER NOT NULL, date_created INTEGER NOT NULL, date_updated INTEGER NOT NULL, target_sid TEXT REFERENCES app(sid), target_hash BLOB, target_size INTEGER NOT NULL DEFAULT 0, target_generation INTEGER NOT NULL DEFAULT 0, date_targeted INTEGER NOT NULL DEFAULT 0, reported_sid TEXT, reported_hash BLOB, date_reported INTEGER NOT NULL DEFAULT 0, update_hash BLOB, update_state INTEGER NOT NULL DEFAULT 0, update_error INTEGER NOT NULL DEFAULT 0, logging_expires INTEGER NOT NULL DEFAULT 0, restart_pending INTEGER NOT NULL DEFAULT 0, kernel_version TEXT, last_seen INTEGER NOT NULL DEFAULT 0);
CREATE INDEX device_by_target ON device(target_sid);
CREATE TABLE log(id INTEGER PRIMARY KEY AUTOINCREMENT, device INTEGER NOT NULL, time_us INTEGER NOT NULL, type TEXT NOT NULL, sequence INTEGER NOT NULL, text TEXT NOT NULL);
CREATE INDEX log_by_device ON log(device, id);
ALTER TABLE log ADD COLUMN boot_id INTEGER NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX log_once ON log(device, boot_id, sequence) WHERE boot_id <> 0;
INSERT INTO account VALUES(1,'ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',x'000102030405060708090a0b0c0d0e0f',x'73a0ea3b3486e1ed1d60f4acc0b1b26ace77e059681d19529562d74577d0b172',1767000000);
INSERT INTO device(sid,unique_name,retired,date_created,date_updated) VALUES('UVcccccccccccccccccccccccccccccccc','old device',0,1767000000,1767000000);
PRAGMA user_version=2;
