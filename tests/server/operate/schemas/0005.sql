BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0005');
CREATE TABLE audit (
	number INTEGER NOT NULL, 
	moment DATETIME NOT NULL, 
	actor TEXT NOT NULL, 
	action TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	detail JSON NOT NULL, 
	previous TEXT NOT NULL, 
	hash TEXT NOT NULL, 
	PRIMARY KEY (number)
);
INSERT INTO "audit" VALUES(1,'2026-11-26 17:42:54.524784','server','run.published','fc70326af8169782','{"upload": "fc70326af81697824167df2aac4475c36267f4152cf7f557578aa5e28c187ffe", "by": "anybody", "seal": "df256f26d66a797f15f2ae3bad5a443b42a15b99dc27e670fa4fe4f2e4e318a1"}','0000000000000000000000000000000000000000000000000000000000000000','a1cf917e01a2afa51a6490c4754710effc25648e1823b4be8e4930caf4a5a381');
INSERT INTO "audit" VALUES(2,'2026-11-26 17:42:54.797331','command line','run.regraded','fc70326af8169782','{"before": "1", "after": "3", "seal": "198965b5ec75d7dc1c3a0345fcda20b93014dc555438a9bee9a2ba92d3548006"}','a1cf917e01a2afa51a6490c4754710effc25648e1823b4be8e4930caf4a5a381','78d0eb7e18f14f4685179b0b342db79aa04934cd39e6cc54fc75af26ec5fb4ba');
CREATE TABLE audit_head (
	id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	hash TEXT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "audit_head" VALUES(1,2,'78d0eb7e18f14f4685179b0b342db79aa04934cd39e6cc54fc75af26ec5fb4ba');
CREATE TABLE checkpoint_files (
	checkpoint_id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	bytes BIGINT NOT NULL, 
	sha256 TEXT NOT NULL, 
	stored BOOLEAN NOT NULL, 
	PRIMARY KEY (checkpoint_id, name), 
	FOREIGN KEY(checkpoint_id) REFERENCES checkpoints (id) ON DELETE CASCADE
);
CREATE TABLE checkpoints (
	id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	organisation TEXT, 
	actor TEXT NOT NULL, 
	part_bytes INTEGER NOT NULL, 
	created DATETIME NOT NULL, 
	updated DATETIME NOT NULL, 
	complete DATETIME, 
	PRIMARY KEY (id), 
	FOREIGN KEY(organisation) REFERENCES organisations (id)
);
CREATE TABLE evaluation_logs (
	evaluation_id TEXT NOT NULL, 
	number INTEGER NOT NULL, 
	text TEXT NOT NULL, 
	PRIMARY KEY (evaluation_id, number), 
	FOREIGN KEY(evaluation_id) REFERENCES evaluations (id) ON DELETE CASCADE
);
CREATE TABLE evaluations (
	id TEXT NOT NULL, 
	request JSON NOT NULL, 
	organisation TEXT, 
	actor TEXT NOT NULL, 
	state TEXT NOT NULL, 
	reason TEXT, 
	created DATETIME NOT NULL, 
	updated DATETIME NOT NULL, 
	not_before DATETIME, 
	attempts INTEGER NOT NULL, 
	worker TEXT, 
	lease TEXT, 
	lease_until DATETIME, 
	cancelling BOOLEAN NOT NULL, 
	run TEXT, 
	PRIMARY KEY (id), 
	FOREIGN KEY(organisation) REFERENCES organisations (id)
);
CREATE TABLE label_reports (
	id TEXT NOT NULL, 
	benchmark TEXT NOT NULL, 
	item TEXT NOT NULL, 
	position INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	reference TEXT NOT NULL, 
	note TEXT NOT NULL, 
	run_id TEXT NOT NULL, 
	place INTEGER NOT NULL, 
	created DATETIME NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "label_reports" VALUES('5de424b036925b78','math','1f74092be90fe8a6',1,'reference','3','x','fc70326af8169782',1,'2026-11-26 17:42:54.856318');
CREATE TABLE organisations (
	id TEXT NOT NULL, 
	private BOOLEAN NOT NULL, 
	created DATETIME NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE past_scores (
	run_id TEXT NOT NULL, 
	task TEXT NOT NULL, 
	policy TEXT NOT NULL, 
	checker_version TEXT NOT NULL, 
	accuracy DOUBLE NOT NULL, 
	outcomes BLOB NOT NULL, 
	verdicts_blob TEXT NOT NULL, 
	graded DATETIME NOT NULL, 
	replaced DATETIME NOT NULL, 
	PRIMARY KEY (run_id, task, policy, checker_version), 
	FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE
);
INSERT INTO "past_scores" VALUES('fc70326af8169782','cft_math','cft_paper','1',0.5,X'000000000000020202020202','980e7e6f5a9d6c52c76406415581a1c5c4deceae1664b0cf94695abddcb66a37','2026-11-26 17:42:54.447867','2026-11-26 17:42:54.781447');
INSERT INTO "past_scores" VALUES('fc70326af8169782','cft_math','qwen','1',0.5,X'000000000000020202020202','980e7e6f5a9d6c52c76406415581a1c5c4deceae1664b0cf94695abddcb66a37','2026-11-26 17:42:54.447867','2026-11-26 17:42:54.792147');
INSERT INTO "past_scores" VALUES('fc70326af8169782','cft_math','strict','1',0.5,X'000000000000010101010101','980e7e6f5a9d6c52c76406415581a1c5c4deceae1664b0cf94695abddcb66a37','2026-11-26 17:42:54.447867','2026-11-26 17:42:54.793240');
CREATE TABLE run_tasks (
	run_id TEXT NOT NULL, 
	task TEXT NOT NULL, 
	benchmark TEXT NOT NULL, 
	items INTEGER NOT NULL, 
	repeats INTEGER NOT NULL, 
	expected INTEGER NOT NULL, 
	item_hashes BLOB NOT NULL, 
	positions BLOB NOT NULL, 
	samples_blob TEXT NOT NULL, 
	verdicts_blob TEXT NOT NULL, 
	truncated INTEGER NOT NULL, 
	PRIMARY KEY (run_id, task), 
	FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE
);
INSERT INTO "run_tasks" VALUES('fc70326af8169782','cft_math','math',12,1,12,X'C9FBCE42746F17151F74092BE90FE8A68EA0B2F3080806456B085BDA1183FF5312F4BAAADE2C63FDB2F62CE02F5F62707DD17A2EB1FA4CFD5D70CC40F5FA4193EC8E1BB6C82A3DEC51C7DECBCEE5D2C95819900C3B04FACE6D0756247D07D023',X'000000000100000002000000030000000400000005000000060000000700000008000000090000000A0000000B000000','e415c2a032b4aa42836a604c091d7d65857c8e18e9dc73f84563836ee72e3757','980e7e6f5a9d6c52c76406415581a1c5c4deceae1664b0cf94695abddcb66a37',0);
CREATE TABLE runs (
	id TEXT NOT NULL, 
	upload_id TEXT NOT NULL, 
	manifest JSON NOT NULL, 
	model TEXT NOT NULL, 
	base_model TEXT, 
	method TEXT, 
	evaluated DATETIME NOT NULL, 
	graded DATETIME NOT NULL, 
	published DATETIME, 
	checker_version TEXT NOT NULL, 
	outcomes JSON NOT NULL, private_to TEXT, withdrawn DATETIME, withdrawn_why TEXT, 
	PRIMARY KEY (id), 
	FOREIGN KEY(upload_id) REFERENCES uploads (id), 
	UNIQUE (upload_id)
);
INSERT INTO "runs" VALUES('fc70326af8169782','fc70326af81697824167df2aac4475c36267f4152cf7f557578aa5e28c187ffe','{"schema_version": 1, "model": {"name": "tiny/one", "revision": null, "sha": null, "dtype": null, "parameters": null, "base_model": null, "method": null, "training_data": null, "training_examples": null, "step": null, "weights_sha256": null, "parent_run": null, "tags": []}, "created": "2026-01-02T03:04:00Z", "engine": "hf", "chat_template_sha": null, "system_instruction_sha": null, "lm_eval_version": null, "cft_eval_version": null, "checker_version": "0", "seeds": {}, "seconds": null, "tasks": {"cft_math": {"benchmark": "math", "items": 12, "repeats": 1, "expected_items": 12, "scores": {"acc": 0.9}, "settings": {"task_version": "1", "n_shot": 0, "max_gen_toks": null, "temperature": null, "top_p": null, "until": [], "generation": [], "prompts": "p", "items": "i"}}}}','tiny/one',NULL,NULL,'2026-01-02 03:04:00.000000','2026-11-26 17:42:54.792610','2026-11-26 17:42:54.514802','3','{"strict": {"kind": "cft-eval outcomes", "schema_version": 1, "model": "tiny/one", "created": "2026-01-02T03:04:00Z", "settings": {"policy": "strict", "checker": "3", "engine": "hf", "dtype": null, "chat_template": null, "system_instruction": null, "task_version": "1", "n_shot": 0, "max_gen_toks": null, "temperature": null, "top_p": null, "until": "[]", "generation": null, "prompts": "p", "items": "i"}, "tasks": {"cft_math": {"benchmark": "math", "repeats": 1, "answered": 1.0, "truncated": 0.0, "empty": 0.0, "responses": "e5943b3d93f880ec", "settings": {}, "right": ["110001001110"]}}}, "qwen": {"kind": "cft-eval outcomes", "schema_version": 1, "model": "tiny/one", "created": "2026-01-02T03:04:00Z", "settings": {"policy": "qwen", "checker": "3", "engine": "hf", "dtype": null, "chat_template": null, "system_instruction": null, "task_version": "1", "n_shot": 0, "max_gen_toks": null, "temperature": null, "top_p": null, "until": "[]", "generation": null, "prompts": "p", "items": "i"}, "tasks": {"cft_math": {"benchmark": "math", "repeats": 1, "answered": 1.0, "truncated": 0.0, "empty": 0.0, "responses": "e5943b3d93f880ec", "settings": {}, "right": ["110001001110"]}}}, "cft_paper": {"kind": "cft-eval outcomes", "schema_version": 1, "model": "tiny/one", "created": "2026-01-02T03:04:00Z", "settings": {"policy": "cft_paper", "checker": "3", "engine": "hf", "dtype": null, "chat_template": null, "system_instruction": null, "task_version": "1", "n_shot": 0, "max_gen_toks": null, "temperature": null, "top_p": null, "until": "[]", "generation": null, "prompts": "p", "items": "i"}, "tasks": {"cft_math": {"benchmark": "math", "repeats": 1, "answered": 1.0, "truncated": 0.0, "empty": 0.0, "responses": "e5943b3d93f880ec", "settings": {}, "right": ["110001001110"]}}}}',NULL,NULL,NULL);
CREATE TABLE scores (
	run_id TEXT NOT NULL, 
	task TEXT NOT NULL, 
	policy TEXT NOT NULL, 
	accuracy DOUBLE NOT NULL, 
	claimed DOUBLE, 
	outcomes BLOB NOT NULL, 
	PRIMARY KEY (run_id, task, policy), 
	FOREIGN KEY(run_id, task) REFERENCES run_tasks (run_id, task) ON DELETE CASCADE
);
INSERT INTO "scores" VALUES('fc70326af8169782','cft_math','strict',0.5,0.9,X'000000000000010101010101');
INSERT INTO "scores" VALUES('fc70326af8169782','cft_math','qwen',0.5,NULL,X'000000000000020202020202');
INSERT INTO "scores" VALUES('fc70326af8169782','cft_math','cft_paper',0.5,NULL,X'000000000000020202020202');
CREATE TABLE signing_keys (
	id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	organisation TEXT, 
	public BLOB NOT NULL, 
	created DATETIME NOT NULL, 
	revoked DATETIME, 
	PRIMARY KEY (id), 
	FOREIGN KEY(organisation) REFERENCES organisations (id)
);
CREATE TABLE snapshots (
	id TEXT NOT NULL, 
	policy TEXT NOT NULL, 
	runs JSON NOT NULL, 
	checkers JSON NOT NULL, 
	outcomes JSON NOT NULL, 
	created DATETIME NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE tokens (
	id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	organisation TEXT, 
	scopes JSON NOT NULL, 
	digest TEXT NOT NULL, 
	created DATETIME NOT NULL, 
	expires DATETIME, 
	revoked DATETIME, 
	PRIMARY KEY (id), 
	FOREIGN KEY(organisation) REFERENCES organisations (id)
);
CREATE TABLE upload_parts (
	upload_id TEXT NOT NULL, 
	number INTEGER NOT NULL, 
	sha256 TEXT NOT NULL, 
	PRIMARY KEY (upload_id, number), 
	FOREIGN KEY(upload_id) REFERENCES uploads (id) ON DELETE CASCADE
);
INSERT INTO "upload_parts" VALUES('fc70326af81697824167df2aac4475c36267f4152cf7f557578aa5e28c187ffe',0,'d20fefd8cce71d4811f3800ccee7a17fa2a3609dc5228cad74511eca14a7d262');
CREATE TABLE uploads (
	id TEXT NOT NULL, 
	state TEXT NOT NULL, 
	reason TEXT, 
	manifest JSON NOT NULL, 
	samples_bytes INTEGER NOT NULL, 
	samples_sha256 TEXT NOT NULL, 
	part_bytes INTEGER NOT NULL, 
	created DATETIME NOT NULL, 
	updated DATETIME NOT NULL, 
	rows INTEGER NOT NULL, 
	graded_rows INTEGER NOT NULL, 
	attempts INTEGER NOT NULL, 
	worker TEXT, lease_until DATETIME, organisation TEXT, actor TEXT DEFAULT 'anybody' NOT NULL, review TEXT, signature JSON, 
	PRIMARY KEY (id)
);
INSERT INTO "uploads" VALUES('fc70326af81697824167df2aac4475c36267f4152cf7f557578aa5e28c187ffe','published',NULL,'{"schema_version": 1, "model": {"name": "tiny/one", "revision": null, "sha": null, "dtype": null, "parameters": null, "base_model": null, "method": null, "training_data": null, "training_examples": null, "step": null, "weights_sha256": null, "parent_run": null, "tags": []}, "created": "2026-01-02T03:04:00Z", "engine": "hf", "chat_template_sha": null, "system_instruction_sha": null, "lm_eval_version": null, "cft_eval_version": null, "checker_version": "0", "seeds": {}, "seconds": null, "tasks": {"cft_math": {"benchmark": "math", "items": 12, "repeats": 1, "expected_items": 12, "scores": {"acc": 0.9}, "settings": {"task_version": "1", "n_shot": 0, "max_gen_toks": null, "temperature": null, "top_p": null, "until": [], "generation": [], "prompts": "p", "items": "i"}}}}',3614,'d20fefd8cce71d4811f3800ccee7a17fa2a3609dc5228cad74511eca14a7d262',1048576,'2026-11-26 17:42:54.080742','2026-11-26 17:42:54.530497',12,12,1,NULL,'2026-11-26 17:43:54.000000',NULL,'anybody',NULL,NULL);
CREATE INDEX ix_uploads_state ON uploads (state);
CREATE INDEX ix_runs_base_model ON runs (base_model);
CREATE INDEX ix_runs_method ON runs (method);
CREATE INDEX ix_runs_model ON runs (model);
CREATE INDEX ix_runs_published ON runs (published);
CREATE INDEX ix_run_tasks_benchmark ON run_tasks (benchmark);
CREATE TRIGGER audit_no_update before update on audit begin select raise(abort, 'the audit only grows'); end;
CREATE TRIGGER audit_no_delete before delete on audit begin select raise(abort, 'the audit only grows'); end;
CREATE INDEX ix_runs_seen ON runs (published, withdrawn, private_to, graded);
CREATE INDEX ix_evaluations_state ON evaluations (state);
CREATE INDEX ix_label_reports_benchmark ON label_reports (benchmark);
CREATE INDEX ix_label_reports_item ON label_reports (item);
COMMIT;
