-- SPDX-License-Identifier: Apache-2.0
-- `charmhost test [options] PATH…`: runs busted-style specs inside this very
-- binary. Prints the failures and, last, `N passed, N failed`.
local fs = require "host.fs"
local run = require "testing.run"
local sys = require "host.sys"

local M = {}

M.usage = [[
usage: charmhost test [--filter PATTERN] [--exclude PATH] [--verbose]
                      [--tally FILE] PATH...
       charmhost test --sum FILE
PATH is a spec file, or a folder whose *_spec.lua files are run in order.
--filter runs only the examples whose full name matches the Lua pattern.
--tally appends the counts to FILE; --sum adds up such a FILE.
With CI=true in the environment a skipped example is a failed run.]]

local function collect(path, excluded, files)
  local stat, err = fs.stat(path)
  if not stat then
    return nil, err
  end
  if stat.type ~= "directory" then
    files[#files + 1] = path
    return true
  end
  for _, name in ipairs(assert(fs.list(path))) do
    local child = path .. "/" .. name
    local kind = assert(fs.stat(child)).type
    local wanted = kind == "directory" or name:find("_spec%.lua$")
    if wanted and not excluded[child] then
      local ok, why = collect(child, excluded, files)
      if not ok then
        return nil, why
      end
    end
  end
  return true
end

local VALUES <const> =
  { ["--filter"] = true, ["--tally"] = true, ["--sum"] = true }

local function parse(argv)
  local options = { paths = {}, excluded = {} }
  local i = 1
  while i <= #argv do
    local word = argv[i]
    if word == "--exclude" then
      i = i + 1
      options.excluded[(argv[i] or ""):gsub("/+$", "")] = true
    elseif VALUES[word] then
      i = i + 1
      options[word:sub(3)] = argv[i]
    elseif word == "--verbose" or word == "-v" then
      options.verbose = true
    elseif word:sub(1, 1) == "-" then
      return nil, "unknown option " .. word
    else
      options.paths[#options.paths + 1] = (word:gsub("/+$", ""))
    end
    i = i + 1
  end
  if #options.paths == 0 and not options.sum then
    return nil, "no PATH given"
  end
  return options
end

-- The closing line: alone on its line, in the form that CI reads.
local function close(tally)
  local skipped = ""
  if tally.skipped > 0 then
    skipped = (", %d skipped"):format(tally.skipped)
  end
  print(("%d passed, %d failed%s"):format(tally.passed, tally.failed, skipped))
  local strict = sys.getenv("CI") == "true" and tally.skipped > 0
  return (tally.failed > 0 or strict) and 1 or 0
end

local function sum(path)
  local text, err = fs.read(path)
  if not text then
    io.stderr:write("cannot add up the counts: ", err, "\n")
    return 1
  end
  local total = { passed = 0, failed = 0, skipped = 0 }
  for passed, failed, skipped in text:gmatch("(%d+) (%d+) (%d+)\n") do
    total.passed = total.passed + tonumber(passed)
    total.failed = total.failed + tonumber(failed)
    total.skipped = total.skipped + tonumber(skipped)
  end
  return close(total)
end

---@param argv string[] the words after `test`
---@return integer exit code
function M.main(argv)
  local options, err = parse(argv)
  if not options then
    io.stderr:write("cannot run the specs: ", err, "\n", M.usage, "\n")
    return 2
  end
  if options.sum then
    return sum(options.sum)
  end
  local files = {}
  for _, path in ipairs(options.paths) do
    local ok, why = collect(path, options.excluded, files)
    if not ok then
      io.stderr:write("cannot run the specs: ", why, "\n")
      return 2
    end
  end
  local tally = run.files(files, options)
  if options.tally then
    assert(fs.append(options.tally, ("%d %d %d\n"):format(tally.passed,
      tally.failed, tally.skipped)))
  end
  return close(tally)
end

return M
