-- SPDX-License-Identifier: Apache-2.0
-- Runs spec files and says what came of them. Called by `charmhost test`.
-- Modules a file loaded are forgotten before the next, as in busted.
local suite = require "testing.suite"

local M = {}

---@class testing.Tally
---@field passed integer
---@field failed integer
---@field skipped integer

local function full_name(item)
  local names = {}
  while item.parent do
    table.insert(names, 1, item.name)
    item = item.parent
  end
  return table.concat(names, " ")
end

-- luassert raises tables or strings; our errors are tables with __tostring.
local function on_error(err)
  if type(err) == "table" and err.pending then
    return err
  end
  -- What lies below an example is this file: of no use to a reader.
  return (debug.traceback(tostring(err), 2)
    :gsub("\n[^\n]*lua/testing/run%.lua.*$", ""))
end

local function run_hooks(block, hook, outermost_first)
  local chain = {}
  while block do
    table.insert(chain, outermost_first and 1 or #chain + 1, block)
    block = block.parent
  end
  for _, each in ipairs(chain) do
    for _, body in ipairs(each.hooks[hook]) do
      body()
    end
  end
end

local Run = {}
Run.__index = Run

function Run:say(...)
  if self.verbose then
    print(...)
  end
end

function Run:fail(name, why)
  self.tally.failed = self.tally.failed + 1
  print(("FAIL %s\n  %s"):format(name, (tostring(why):gsub("\n", "\n  "))))
end

function Run:skip(name, why)
  self.tally.skipped = self.tally.skipped + 1
  print(("SKIP %s%s"):format(name, why and why ~= name and ": " .. why or ""))
end

function Run:example(item)
  local name = full_name(item)
  if self.filter and not name:find(self.filter) then
    return
  end
  if not item.body then
    return self:skip(name)
  end
  local ok, why = xpcall(function()
    run_hooks(item.parent, "before_each", true)
    item.body()
  end, on_error)
  local clean, unclean = xpcall(run_hooks, on_error, item.parent, "after_each")
  if not ok and type(why) == "table" then
    self:skip(name, why.pending)
  elseif not ok then
    self:fail(name, why)
  elseif not clean then
    self:fail(name .. " (after_each)", unclean)
  else
    self.tally.passed = self.tally.passed + 1
    self:say("ok   " .. name)
  end
end

function Run:block(block)
  local ok, why = xpcall(function()
    for _, body in ipairs(block.hooks.setup) do
      body()
    end
  end, on_error)
  if not ok then
    self:fail(full_name(block) .. " (setup)", why)
  end
  for _, item in ipairs(ok and block.items or {}) do
    if item.items then
      self:block(item)
    else
      self:example(item)
    end
  end
  local clean, unclean = xpcall(function()
    for _, body in ipairs(block.hooks.teardown) do
      body()
    end
  end, on_error)
  if not clean then
    self:fail(full_name(block) .. " (teardown)", unclean)
  end
end

function Run:file(path)
  local loaded = {}
  for name in pairs(package.loaded) do
    loaded[name] = true
  end
  local root, err = suite.load(path)
  if root then
    self:block(root)
  else
    self:fail(path, err)
  end
  for name in pairs(package.loaded) do
    if not loaded[name] then
      package.loaded[name] = nil
    end
  end
  collectgarbage() -- a leaked handle shows in the file that leaked it
end

--- Runs the files in the order given.
---@param files string[]
---@param options { filter: string?, verbose: boolean? }
---@return testing.Tally
function M.files(files, options)
  suite.use_system_libraries()
  require "luassert" -- once, so that its registered assertions are not lost
  local run = setmetatable({
    tally = { passed = 0, failed = 0, skipped = 0 },
    filter = options.filter,
    verbose = options.verbose,
  }, Run)
  for _, path in ipairs(files) do
    run:say("---- " .. path)
    run:file(path)
  end
  return run.tally
end

return M
