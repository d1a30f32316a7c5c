std = "lua54"
max_line_length = 100
max_cyclomatic_complexity = false
self = false
-- What a spec file finds beside the globals (lua/testing/suite.lua).
local spec = {
  read_globals = {
    "describe", "it", "pending", "setup", "teardown", "before_each",
    "after_each", "spy", "stub", "mock", "match",
    assert = { other_fields = true },
  },
}
files["tests/**/*_spec.lua"] = spec
files["host/embed.lua"] = { read_globals = { "arg" } }
-- Signatures without bodies, for editors.
files["docs/api"] = { ignore = { "211", "212", "241" } }
-- What tests/alloc/main.c gives its scripts.
files["tests/alloc"] = { read_globals = { "arm", "DIR" } }
