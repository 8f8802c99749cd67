BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
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
	outcomes JSON NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(upload_id) REFERENCES uploads (id), 
	UNIQUE (upload_id)
);
INSERT INTO "runs" VALUES('fc70326af8169782','fc70326af81697824167df2aac4475c36267f4152cf7f557578aa5e28c187ffe','{"schema_version": 1, "model": {"name": "tiny/one", "revision": null, "sha": null, "dtype": null, "parameters": null, "base_model": null, "method": null, "training_data": null, "training_examples": null, "step": null, "tags": []}, "created": "2026-01-02T03:04:00Z", "engine": "hf", "chat_template_sha": null, "system_instruction_sha": null, "lm_eval_version": null, "cft_eval_version": null, "checker_version": "0", "seeds": {}, "seconds": null, "tasks": {"cft_math": {"benchmark": "math", "items": 12, "repeats": 1, "expected_items": 12, "scores": {"acc": 0.9}, "settings": {"task_version": "1", "n_shot": 0, "max_gen_toks": null, "temperature": null, "top_p": null, "until": [], "generation": [], "prompts": "p", "items": "i"}}}}','tiny/one',NULL,NULL,'2026-01-02 03:04:00.000000','2026-11-26 14:00:28.487866','2026-11-26 14:00:28.497101','2','{"strict": {"kind": "cft-eval outcomes", "schema_version": 1, "model": "tiny/one", "created": "2026-01-02T03:04:00Z", "settings": {"policy": "strict", "checker": "2", "engine": "hf", "chat_template": null, "system_instruction": null, "task_version": "1", "n_shot": 0, "max_gen_toks": null, "temperature": null, "top_p": null, "until": "[]", "generation": null, "prompts": "p", "items": "i"}, "tasks": {"cft_math": {"benchmark": "math", "repeats": 1, "answered": 1.0, "truncated": 0.0, "empty": 0.0, "responses": "e5943b3d93f880ec", "settings": {}, "right": ["110001001110"]}}}, "qwen": {"kind": "cft-eval outcomes", "schema_version": 1, "model": "tiny/one", "created": "2026-01-02T03:04:00Z", "settings": {"policy": "qwen", "checker": "2", "engine": "hf", "chat_template": null, "system_instruction": null, "task_version": "1", "n_shot": 0, "max_gen_toks": null, "temperature": null, "top_p": null, "until": "[]", "generation": null, "prompts": "p", "items": "i"}, "tasks": {"cft_math": {"benchmark": "math", "repeats": 1, "answered": 1.0, "truncated": 0.0, "empty": 0.0, "responses": "e5943b3d93f880ec", "settings": {}, "right": ["110001001110"]}}}, "cft_paper": {"kind": "cft-eval outcomes", "schema_version": 1, "model": "tiny/one", "created": "2026-01-02T03:04:00Z", "settings": {"policy": "cft_paper", "checker": "2", "engine": "hf", "chat_template": null, "system_instruction": null, "task_version": "1", "n_shot": 0, "max_gen_toks": null, "temperature": null, "top_p": null, "until": "[]", "generation": null, "prompts": "p", "items": "i"}, "tasks": {"cft_math": {"benchmark": "math", "repeats": 1, "answered": 1.0, "truncated": 0.0, "empty": 0.0, "responses": "e5943b3d93f880ec", "settings": {}, "right": ["110001001110"]}}}}');
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
CREATE TABLE upload_parts (
	upload_id TEXT NOT NULL, 
	number INTEGER NOT NULL, 
	sha256 TEXT NOT NULL, 
	PRIMARY KEY (upload_id, number), 
	FOREIGN KEY(upload_id) REFERENCES uploads (id) ON DELETE CASCADE
);
INSERT INTO "upload_parts" VALUES('fc70326af81697824167df2aac4475c36267f4152cf7f557578aa5e28c187ffe',0,'c5f3a8314a717933ea996671a250dc1459a59ed2b805624cab2f31c10da8e245');
INSERT INTO "upload_parts" VALUES('fc70326af81697824167df2aac4475c36267f4152cf7f557578aa5e28c187ffe',1,'1dd672a068b4d5772e8f7fa91c7b879a65426af10908f26ccac5f8ea481568cf');
INSERT INTO "upload_parts" VALUES('fc70326af81697824167df2aac4475c36267f4152cf7f557578aa5e28c187ffe',2,'29f2b55612d378997f63e70d892f52af73ab524954671dbf45687e56f9d043e9');
INSERT INTO "upload_parts" VALUES('fc70326af81697824167df2aac4475c36267f4152cf7f557578aa5e28c187ffe',3,'28c398aae010d3356d588e7e1959fa0b814f34d188c02c7806efef9845ffa8bf');
INSERT INTO "upload_parts" VALUES('45566ec32fbab08a76014ac31eb46b28e7212a6c2fb039bbd3cf48be486798c0',0,'c5f3a8314a717933ea996671a250dc1459a59ed2b805624cab2f31c10da8e245');
INSERT INTO "upload_parts" VALUES('45566ec32fbab08a76014ac31eb46b28e7212a6c2fb039bbd3cf48be486798c0',1,'1dd672a068b4d5772e8f7fa91c7b879a65426af10908f26ccac5f8ea481568cf');
INSERT INTO "upload_parts" VALUES('45566ec32fbab08a76014ac31eb46b28e7212a6c2fb039bbd3cf48be486798c0',2,'29f2b55612d378997f63e70d892f52af73ab524954671dbf45687e56f9d043e9');
INSERT INTO "upload_parts" VALUES('45566ec32fbab08a76014ac31eb46b28e7212a6c2fb039bbd3cf48be486798c0',3,'28c398aae010d3356d588e7e1959fa0b814f34d188c02c7806efef9845ffa8bf');
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
	worker TEXT, 
	PRIMARY KEY (id)
);
INSERT INTO "uploads" VALUES('fc70326af81697824167df2aac4475c36267f4152cf7f557578aa5e28c187ffe','published',NULL,'{"schema_version": 1, "model": {"name": "tiny/one", "revision": null, "sha": null, "dtype": null, "parameters": null, "base_model": null, "method": null, "training_data": null, "training_examples": null, "step": null, "tags": []}, "created": "2026-01-02T03:04:00Z", "engine": "hf", "chat_template_sha": null, "system_instruction_sha": null, "lm_eval_version": null, "cft_eval_version": null, "checker_version": "0", "seeds": {}, "seconds": null, "tasks": {"cft_math": {"benchmark": "math", "items": 12, "repeats": 1, "expected_items": 12, "scores": {"acc": 0.9}, "settings": {"task_version": "1", "n_shot": 0, "max_gen_toks": null, "temperature": null, "top_p": null, "until": [], "generation": [], "prompts": "p", "items": "i"}}}}',3614,'d20fefd8cce71d4811f3800ccee7a17fa2a3609dc5228cad74511eca14a7d262',1024,'2026-11-26 14:00:28.314189','2026-11-26 14:00:28.503920',12,12,1,NULL);
INSERT INTO "uploads" VALUES('45566ec32fbab08a76014ac31eb46b28e7212a6c2fb039bbd3cf48be486798c0','rejected','run.json: tasks.cft_chess.benchmark: ''chess'' is no known benchmark','{"schema_version": 1, "model": {"name": "tiny/one", "revision": null, "sha": null, "dtype": null, "parameters": null, "base_model": null, "method": null, "training_data": null, "training_examples": null, "step": null, "tags": []}, "created": "2026-01-02T03:04:00Z", "engine": "hf", "chat_template_sha": null, "system_instruction_sha": null, "lm_eval_version": null, "cft_eval_version": null, "checker_version": "0", "seeds": {}, "seconds": null, "tasks": {"cft_chess": {"benchmark": "chess", "items": 12, "repeats": 1, "expected_items": 12, "scores": {"acc": 0.5}, "settings": {"task_version": "1", "n_shot": 0, "max_gen_toks": null, "temperature": null, "top_p": null, "until": [], "generation": [], "prompts": "p", "items": "i"}}}}',3614,'d20fefd8cce71d4811f3800ccee7a17fa2a3609dc5228cad74511eca14a7d262',1024,'2026-11-26 14:00:28.514669','2026-11-26 14:00:28.596101',0,0,1,NULL);
CREATE INDEX ix_uploads_state ON uploads (state);
CREATE INDEX ix_runs_base_model ON runs (base_model);
CREATE INDEX ix_runs_method ON runs (method);
CREATE INDEX ix_runs_model ON runs (model);
CREATE INDEX ix_runs_published ON runs (published);
CREATE INDEX ix_run_tasks_benchmark ON run_tasks (benchmark);
COMMIT;
