package main

// Triton's generate, whose stream goes through message by message.

var generateRows = []row{
	post("/v2/models/upper/generate", `{"text":"quiet"}`, 200),
	post("/v2/models/upper/versions/1/generate", `{"text":["a","b"],"id":"7"}`, 200),
	post("/v2/models/upper/generate", `{"tex":"a"}`, 400),
	post("/v2/models/nope/generate", `{"text":"a"}`, 404),
	get("/v2/models/upper/generate", 405),
	post("/v2/models/upper/generate_stream", `{"text":"quiet"}`, 200),
	post("/v2/models/upper/versions/1/generate_stream", `{"text":["a","b"]}`, 200),
	post("/v2/models/upper/generate_stream", `{"tex":"a"}`, 400),
	post("/v2/models/upper/generate_stream", "", 400),
	post("/v2/models/upper/generate_stream", gzipped(`{"text":"a"}`), 200).of("gzip").with("content-encoding: gzip"),
	post("/v2/models/nope/generate_stream", `{"text":"a"}`, 404),
	post("/v2/models/upper/versions/9/generate_stream", `{"text":"a"}`, 404),
	post("/v2/models/upper/generate_stream?depth=1", `{"text":"a"}`, 200),
	post("/v2/models/upper/generate_stream", `{"text":"a"}`, 504).with("grpc-timeout: 1n"),
	get("/v2/models/upper/generate_stream", 405),
}
