-- SPDX-License-Identifier: Apache-2.0
-- `charmhost pack DIR`: a charm's folder, and this very host or those for
-- several processors, as the .charm that Juju and charmlab deploy. Checked
-- before it is written, so that Juju has nothing left to refuse.
local check = require "cli.charm.check"
local compile = require "cli.charm.compile"
local files = require "cli.charm.files"
local fs = require "host.fs"
local hosts = require "cli.charm.hosts"
local yaml = require "std.yaml"
local zip = require "std.zip"

local M = {}

M.usage = [[
usage: charmhost pack DIR [-o FILE] [--base NAME@CHANNEL,...]
                          [--arch ARCH,...|all] [--host ARCH=FILE]...
                          [--licences FILE]
DIR holds charm.lua and metadata.yaml, or charm.lua and charmcraft.yaml. ARCH
is amd64, arm64, ppc64el, riscv64 or s390x, by default this machine's; the
hosts of others are looked for beside this one. FILE is by default
<name>_<base>-<arch>.charm in the working folder; --licences adds the texts of
what is linked into the host.]]

local DEFAULT_BASE <const> = "ubuntu@20.04"
local SYSTEMS <const> = { ubuntu = true, centos = true }
local EPOCH <const> = "1980-01-01T00:00:00Z" -- that of the zip's entries

-- With hosts for several processors, a shell asks which this is. charmcraft
-- reads the last word of the last line as the program that is to run.
local CHOOSER <const> = [[
#!/bin/sh
# Runs the host for this machine's processor.
host() { exec "${0%/*}/bin/$(uname -m)/$1"; }
host dispatch
]]

local function manifest(bases, arches)
  local listed <const> = {}
  for i, base in ipairs(bases) do
    local name <const>, channel <const> = base:match("^([^@]+)@(.+)$")
    listed[i] = { name = name, channel = channel,
      architectures = table.move(arches, 1, #arches, 1, {}) }
  end
  return yaml.encode {
    ["charmcraft-version"] = "0",
    ["charmcraft-started-at"] = EPOCH,
    bases = listed,
  }
end

local function check_bases(folder, bases)
  for _, base in ipairs(bases) do
    local name <const>, channel <const> = base:match("^([^@]+)@([%w./_-]+)$")
    if not channel or not SYSTEMS[name] then
      folder.problems[#folder.problems + 1] =
        ('the base "%s" is none that Juju takes, such as ubuntu@22.04')
          :format(base)
    end
  end
end

local function add_host(folder, name, path)
  local data <const>, why <const> = fs.read(path)
  if data then
    files.add(folder, { name = name, data = data, mode = files.EXECUTABLE })
  else
    folder.problems[#folder.problems + 1] = why
  end
end

local function add_hosts(folder, arches, given)
  if #arches > 1 then
    files.add(folder,
      { name = "dispatch", data = CHOOSER, mode = files.EXECUTABLE })
  end
  for _, arch in ipairs(arches) do
    local path <const>, why <const> = hosts.find(arch, given[arch])
    if path then
      add_host(folder, #arches == 1 and "dispatch"
        or ("bin/%s/dispatch"):format(hosts.machine(arch)), path)
    else
      folder.problems[#folder.problems + 1] = why
    end
  end
end

local function add_licences(folder, path)
  local text <const>, why <const> = fs.read(path)
  if text then
    files.add(folder,
      { name = "LICENCES.txt", data = text, mode = files.PLAIN })
  else
    folder.problems[#folder.problems + 1] = why
  end
end

local function check_presence(folder)
  local found <const> = folder.by_name
  if not found["charm.lua"] then
    folder.problems[#folder.problems + 1] = "charm.lua is missing"
  end
  if not found["metadata.yaml"] and not found["charmcraft.yaml"] then
    folder.problems[#folder.problems + 1] = "metadata.yaml is missing"
  end
end

---@class cli.pack.Options
---@field folder string
---@field bases string[]? default what charmcraft.yaml says, else ubuntu@20.04
---@field arches string[]? default this machine's
---@field hosts table<string, string>? files by architecture
---@field licences string? a file

---Builds the archive.
---@param options cli.pack.Options
---@return string? archive
---@return string name the charm's file; or why it could not be packed
function M.build(options)
  local given <const> = options.hosts or {}
  local folder <const> = files.read(options.folder)
  if #folder.entries == 0 then
    return nil, folder.problems[1] or "the folder is empty"
  end
  check_presence(folder)
  files.check_scripts(folder)
  local name <const>, said <const> = check.check(folder)
  local bases <const> = options.bases
    or #said > 0 and said or { DEFAULT_BASE }
  local arches = options.arches or { (hosts.own()) }
  if arches[1] == "all" then
    arches = hosts.all(given)
  end
  check_bases(folder, bases)
  add_hosts(folder, arches, given)
  files.add(folder, { name = "manifest.yaml", mode = files.PLAIN,
    data = manifest(bases, arches) })
  if options.licences then
    add_licences(folder, options.licences)
  end
  compile.add(folder)
  if #folder.problems > 0 then
    return nil, table.concat(folder.problems, "\n  ")
  end
  local runs <const> = {}
  for i, base in ipairs(bases) do
    runs[i] = ("%s-%s"):format((base:gsub("[@/]", "-")),
      table.concat(arches, "-"))
  end
  return zip.write(folder.entries),
    ("%s_%s.charm"):format(name, table.concat(runs, "_"))
end

local function split(text)
  local words <const> = {}
  for word in text:gmatch("[^,]+") do
    words[#words + 1] = word
  end
  return words
end

local OPTIONS <const> = {
  ["-o"] = function(options, value) options.output = value end,
  ["--base"] = function(options, value) options.bases = split(value) end,
  ["--arch"] = function(options, value) options.arches = split(value) end,
  ["--licences"] = function(options, value) options.licences = value end,
  ["--host"] = function(options, value)
    local arch <const>, path <const> = value:match("^([^=]+)=(.+)$")
    if not arch then
      return false
    end
    options.hosts[arch] = path
  end,
}

local function parse(argv)
  local options <const> = { hosts = {} }
  local i = 1
  while i <= #argv do
    local set <const> = OPTIONS[argv[i]]
    if set then
      i = i + 1
      if not argv[i] or argv[i] == "" or set(options, argv[i]) == false then
        return nil
      end
    elseif options.folder or argv[i]:sub(1, 1) == "-" then
      return nil
    else
      options.folder = (argv[i]:gsub("(.)/+$", "%1"))
    end
    i = i + 1
  end
  return options.folder and options or nil
end

---@param argv string[] the words after `pack`
---@return integer exit code
function M.main(argv)
  local options <const> = parse(argv)
  if not options then
    io.stderr:write(M.usage, "\n")
    return 2
  end
  local archive <const>, name <const> = M.build(options)
  if not archive then
    io.stderr:write("cannot pack ", options.folder, ": ", name, "\n")
    return 1
  end
  local output <const> = options.output or name
  local ok <const>, err <const> =
    fs.write(output, archive, { mode = files.PLAIN })
  if not ok then
    io.stderr:write("cannot pack ", options.folder, ": ", err, "\n")
    return 1
  end
  print(("packed %s (%d bytes)"):format(output, #archive))
  return 0
end

return M
