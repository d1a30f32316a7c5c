-- SPDX-License-Identifier: Apache-2.0
local exec = require "juju.doors.exec"
local fs = require "host.fs"

describe("juju.doors.exec", function()
  local dir
  before_each(function() dir = assert(fs.mkdtemp "/tmp/charmhost-exec-") end)
  after_each(function() fs.remove_all(dir) end)

  local function door(text)
    assert(fs.write(dir .. "/is-leader", "#!/bin/sh\n" .. text,
      { mode = tonumber("755", 8) }))
    return exec.open { PATH = dir, JUJU_CONTEXT_ID = "c" }
  end

  it("runs the program of PATH with the hook's environment", function()
    local result = door 'printf "%s|" "$JUJU_CONTEXT_ID" "$@"; exit 3'
      :call("is-leader", { "a b", "", "$HOME" })
    assert.same({ code = 3, stdout = "c|a b||$HOME|", stderr = "" }, result)
  end)

  it("gives it standard input, or none", function()
    local one = door "/bin/cat; echo end"
    assert.equal("in\0end\n", one:call("is-leader", {}, "in\0").stdout)
    assert.equal("end\n", one:call("is-leader", {}).stdout)
  end)

  it("tells a program that was killed", function()
    local result = door "echo half; kill -9 $$":call("is-leader", {})
    assert.same({ code = 1, stdout = "half\n",
      stderr = "ERROR killed by SIGKILL\n" }, result)
  end)

  it("tells that there is no such program", function()
    local result, _, code = door "":call("config-get", {})
    assert.is_nil(result)
    assert.equal("ENOENT", code)
  end)
end)
