-- SPDX-License-Identifier: Apache-2.0
local merge = require "lab.supervisor.plan.merge"
local schema = require "lab.supervisor.plan.schema"
local write = require "lab.supervisor.plan.yaml"
local yaml = require "std.yaml"

local TEXT <const> = [[
services:
    a:
        summary: "12"
        startup: enabled
        override: replace
        command: "sh -c \"echo 'x: #y'\""
        after:
            - b
        environment:
            BOOL: "yes"
            COLON: "a: b"
            EMPTY: ""
            LINES: "one\ntwo\t\"q\" \\ é"
        user-id: 0
        backoff-factor: 1.5
        kill-delay: 1m30s
checks:
    c:
        override: merge
        period: 500ms
        threshold: 3
        exec:
            command: "true"
log-targets:
    l:
        override: replace
        type: loki
        location: http://x:1/y
]]

describe("a plan's YAML", function()
  it("reads back as what was written, text by text", function()
    local layer = assert(schema.read(
      assert(yaml.decode(TEXT, { strings = true }))))
    assert.equal(TEXT, write.encode(assert(merge.combine { layer })))
  end)

  it("is {} when there is nothing", function()
    assert.equal("{}\n", write.encode(assert(merge.combine {})))
  end)
end)
