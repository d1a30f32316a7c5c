-- SPDX-License-Identifier: Apache-2.0
-- host.json and host.yaml with memory running out (main.c).
local json = require "host.json"
local yaml = require "host.yaml"

arm()
local value = assert(json.decode [==[
  {"a": [1, 2.5, "three", null, true, [[], {}]], "b": {"c": "d\u00e9"}}]==])
assert(value.a[3] == "three" and value.b.c == "dé")
assert(not json.decode("[1, 2"))
local text = [[
base: &base {name: "x y", list: [1, 2.5, yes, ~]}
copy: *base
text: |
  two
  lines
]]
local document = assert(yaml.decode(text))
assert(document.copy.list[2] == 2.5 and document.text == "two\nlines\n")
assert(not yaml.decode("a: 1\na: 2\n"))
assert(not yaml.decode("a: [1, 2"))
