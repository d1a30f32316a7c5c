-- SPDX-License-Identifier: Apache-2.0
-- Files of the soak test: folders, contents of KiB and MiB there and back,
-- lists, removals, and a file that is not there.
local files = require "pebble.files"
local sys = require "host.sys"
local transfer = require "pebble.transfer"

local M = {}

local SIZES <const> = { 100, 65536, 1 << 20, 3 << 20 }

local function pull(worker, path)
  local parts = {}
  local ok, err = transfer.pull(worker.client, path, function(data)
    parts[#parts + 1] = data
    return true
  end)
  return ok and table.concat(parts), err
end

function M.begin(worker)
  M.seed = sys.random(1 << 20)
  assert(files.make_dir(worker.client, worker.dir .. "/files"))
end

function M.round(worker)
  local top = ("%s/files/%d"):format(worker.dir, worker.round)
  assert(files.make_dir(worker.client, top .. "/a/b",
    { make_parents = true }))
  for index, size in ipairs(SIZES) do
    local path = ("%s/a/b/%d"):format(top, index)
    local content = M.seed:rep(1 + size // #M.seed):sub(1, size)
    assert(transfer.push(worker.client, path, content,
      { permissions = "600" }))
    assert(pull(worker, path) == content, "it came back different")
  end
  assert(#assert(files.list(worker.client, top .. "/a/b")) == #SIZES)
  local _, err = pull(worker, top .. "/none")
  assert(err and err.data.kind == "not-found", tostring(err))
  assert(files.remove(worker.client, top, { recursive = true }))
  assert(not files.list(worker.client, top), "it is still there")
end

return M
