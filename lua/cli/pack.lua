-- SPDX-License-Identifier: Apache-2.0
-- `charmhost pack DIR [-o FILE]`: a charm's folder and this very host, as the
-- .charm that Juju and charmlab deploy. Checked before it is written.
local fs = require "host.fs"
local sys = require "host.sys"
local yaml = require "std.yaml"
local zip = require "std.zip"

local M = {}

M.usage = [[
usage: charmhost pack DIR [-o FILE] [--base NAME@CHANNEL] [--arch ARCH]
DIR holds metadata.yaml and charm.lua. FILE is by default
<name>_<base>-<arch>.charm in the working folder.]]

local PLAIN <const> = 0x1A4 -- rw-r--r--
local EXECUTABLE <const> = 0x1ED -- rwxr-xr-x

-- Relative paths of the regular files below `folder`, without dotfiles.
local function list_files(folder, prefix, found)
  local names, err = fs.list(folder .. "/" .. prefix)
  if not names then
    return nil, err
  end
  for _, name in ipairs(names) do
    local path = prefix .. name
    local kind = assert(fs.stat(folder .. "/" .. path)).type
    if name:sub(1, 1) == "." then
      goto continue
    elseif kind == "directory" then
      list_files(folder, path .. "/", found)
    elseif kind == "file" then
      found[#found + 1] = path
    end
    ::continue::
  end
  return found
end

local function check_metadata(text)
  local metadata, err = yaml.decode(text)
  if type(metadata) ~= "table" then
    return nil, "metadata.yaml: " .. (err or "is not a map")
  end
  local name = metadata.name
  if type(name) ~= "string" or not name:find("^%l[%l%d-]*$") then
    return nil, "metadata.yaml: 'name' must be lower-case letters, digits "
      .. "and dashes, starting with a letter"
  end
  return metadata
end

local function manifest(base, arch)
  local name, channel = base:match("^([^@]+)@(.+)$")
  return yaml.encode {
    ["charmcraft-version"] = "0",
    ["charmcraft-started-at"] = "1980-01-01T00:00:00Z",
    bases = {
      { name = name, channel = channel, architectures = { arch } },
    },
  }
end

-- Every file of the folder, each script compiled once to see that it can be.
local function read_entries(folder)
  local files, err = list_files(folder, "", {})
  if not files then
    return nil, err
  end
  local entries, by_name = {}, {}
  for _, path in ipairs(files) do
    local data = assert(fs.read(folder .. "/" .. path))
    if path:find("%.lua$") then
      local chunk, why = load(data, "@" .. path, "t")
      if not chunk then
        return nil, why
      end
    end
    entries[#entries + 1] = { name = path, data = data, mode = PLAIN }
    by_name[path] = data
  end
  return entries, by_name
end

--- Builds the archive.
---@param folder string
---@param options { base: string, arch: string }
---@return string? archive
---@return string name the charm's name, or why it could not be packed
function M.build(folder, options)
  local entries, by_name = read_entries(folder)
  if not entries then
    return nil, by_name
  end
  for _, needed in ipairs { "metadata.yaml", "charm.lua" } do
    if not by_name[needed] then
      return nil, needed .. " is missing"
    end
  end
  for _, made in ipairs { "dispatch", "manifest.yaml" } do
    if by_name[made] then
      return nil, made .. " is written by pack; remove it from the folder"
    end
  end
  local metadata, err = check_metadata(by_name["metadata.yaml"])
  if not metadata then
    return nil, err
  end
  local host = assert(fs.read(sys.executable()))
  table.insert(entries, { name = "dispatch", data = host, mode = EXECUTABLE })
  table.insert(entries, { name = "manifest.yaml", mode = PLAIN,
    data = manifest(options.base, options.arch) })
  return zip.write(entries), metadata.name
end

local OPTIONS <const> =
  { ["-o"] = "output", ["--base"] = "base", ["--arch"] = "arch" }

local function parse(argv)
  local options = { base = "ubuntu@20.04", arch = "amd64" }
  local i = 1
  while i <= #argv do
    local key = OPTIONS[argv[i]]
    if key then
      i = i + 1
      options[key] = argv[i]
    elseif options.folder or argv[i]:sub(1, 1) == "-" then
      return nil
    else
      options.folder = (argv[i]:gsub("(.)/+$", "%1"))
    end
    i = i + 1
  end
  local complete = options.folder and options.base:find("^[^@]+@.+$")
  return complete and options or nil
end

---@param argv string[] the words after `pack`
---@return integer exit code
function M.main(argv)
  local options = parse(argv)
  if not options then
    io.stderr:write(M.usage, "\n")
    return 2
  end
  local archive, name = M.build(options.folder, options)
  if not archive then
    io.stderr:write("cannot pack ", options.folder, ": ", name, "\n")
    return 1
  end
  local output = options.output or ("%s_%s-%s.charm"):format(name,
    (options.base:gsub("@", "-")), options.arch)
  local ok, err = fs.write(output, archive, { mode = PLAIN })
  if not ok then
    io.stderr:write("cannot pack ", options.folder, ": ", err, "\n")
    return 1
  end
  print(("packed %s (%d bytes)"):format(output, #archive))
  return 0
end

return M
