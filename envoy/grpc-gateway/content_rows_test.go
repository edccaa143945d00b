package main

// Bodies of :predict by their content type.

const form = "--a\r\ncontent-disposition: form-data; name=\"x\"\r\ncontent-type: application/json\r\n\r\n[[1,2]]\r\n--a--\r\n"

var contentRows = []row{
	post("/v1/models/upper:predict", "quiet", 200).with("content-type: text/plain"),
	post("/v1/models/tiny:predict?shape=1&shape=2&dtype=FP32&input=x", "\x00\x00\x80\x3f\x00\x00\x00\x40", 200).
		of("raw").with("content-type: application/octet-stream"),
	post("/v1/models/tiny:predict?shape=one", "\x00\x00\x80\x3f", 400).
		of("raw").with("content-type: application/octet-stream").differing(wording, inWords),
	post("/v1/models/tiny:predict?shape=1", rowsOf, 400),
	post("/v1/models/tiny:predict?dtype=FP32&input=x", rowsOf, 400),
	post("/v1/models/tiny:predict?input=x", form, 400).of("form").with("content-type: multipart/form-data; boundary=a"),
	post("/v1/models/iris:classify?top_k=2", flower, 400),
	post("/v2/models/tiny/infer?topK=2", infer, 400),
	post("/v2/models/upper/generate_stream?input=text", `{"text":"a"}`, 400),
	post("/v2/repository/index?shape=1", "", 400),
	get("/v1/models/tiny/metadata?dtype=FP32", 400),
	get("/v2/models/tiny/ready?top_k=2", 400),
	post("/v1/models/upper:predict", "", 200).of("nothing").with("content-type: text/plain"),
	post("/v1/models/tiny:predict", "", 400).of("nothing").with("content-type: application/octet-stream"),
	post("/v1/models/tiny:predict", "no npy", 400).with("content-type: application/x-npy"),
	post("/v1/models/tiny:predict", form, 200).of("form").with("content-type: multipart/form-data; boundary=a"),
	post("/v1/models/tiny:predict", "no image", anyStatus).with("content-type: image/png"),
}
