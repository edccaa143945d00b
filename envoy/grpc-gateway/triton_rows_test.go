package main

// What Triton adds to the Open Inference Protocol.

var tritonRows = []row{
	get("/v2/models/tiny/config", 200),
	get("/v2/models/tiny/versions/1/config", 200),
	get("/v2/models/nope/config", 404),
	get("/v2/models/tiny/stats", 200).except(counts...),
	get("/v2/models/tiny/versions/1/stats", 200).except(counts...),
	get("/v2/models/stats", 200).except(counts...),
	get("/v2/models/stats?x=1", 200).except(counts...),
	post("/v2/repository/index?x=1", "", 200),
	post("/v2/repository/index", "", 200),
	post("/v2/repository/index", `{"ready":true}`, 200),
	post("/v2/repository/index", "{tru", 400),
	get("/v2/repository/index", 405),
	post("/v2/repository/models/spare/load", "", 200),
	post("/v2/repository/models/spare/load", "", 403).with("origin: https://example.org"),
	post("/v2/repository/models/nope/load", "{}", 404),
	post("/v2/repository/models/spare/unload", "", 200).after(post("/v2/repository/models/spare/load", "", 200)),
	post("/v2/repository/models/nope/unload", "", 404),
	get("/v2/repository/models/spare/load", 405),
}

// counts are what each call changes in the statistics.
var counts = []string{"inference_count", "execution_count", "last_inference", "inference_stats", "batch_stats"}
