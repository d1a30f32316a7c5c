-- SPDX-License-Identifier: Apache-2.0
-- Build tool: writes what is linked into a program, as SPDX 2.3 in JSON, and
-- the licence texts of it. The same input gives the same bytes.
-- usage: lua sbom.lua spdx OUT FILE VERSION TIME SHA256 < packages
--        lua sbom.lua licences OUT < packages
-- A package is a line: name|version|licence|purl|SHA-256 or ""|licence file|why

local verb <const>, out <const> = arg[1], arg[2]

local function packages()
  local list = {}
  for line in io.lines() do
    local fields = {}
    for field in (line .. "|"):gmatch "%s*([^|]*)|" do
      fields[#fields + 1] = field
    end
    list[#list + 1] = {
      name = fields[1],
      version = fields[2],
      licence = fields[3],
      purl = fields[4],
      sum = fields[5],
      text = fields[6],
      why = fields[7],
    }
  end
  table.sort(list, function(a, b) return a.name < b.name end)
  return list
end

local function read(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read "a"
end

local function write(text)
  local file <close> = assert(io.open(out, "wb"))
  assert(file:write(text))
end

-- Objects are lists of {key, value}, so that the order is ours.
local function encode(value, indent)
  if type(value) == "string" then
    return '"' .. value:gsub('[%c"\\]', function(char)
      return ("\\u%04x"):format(char:byte())
    end) .. '"'
  elseif type(value) == "boolean" then
    return tostring(value)
  end
  local deeper, items = indent .. "  ", {}
  local object = type(value[1]) == "table" and type(value[1][1]) == "string"
  for i, item in ipairs(value) do
    items[i] = deeper .. (object and encode(item[1], deeper) .. ": "
      .. encode(item[2], deeper) or encode(item, deeper))
  end
  return ("%s\n%s\n%s%s"):format(object and "{" or "[",
    table.concat(items, ",\n"), indent, object and "}" or "]")
end

local function sums(sum)
  return { { { "algorithm", "SHA256" }, { "checksumValue", sum } } }
end

local function describe(package)
  local fields = {
    { "SPDXID", "SPDXRef-" .. package.name },
    { "name", package.name },
    { "versionInfo", package.version },
    { "downloadLocation", "NOASSERTION" },
    { "filesAnalyzed", false },
    { "licenseConcluded", package.licence },
    { "licenseDeclared", package.licence },
    { "copyrightText", "NOASSERTION" },
    { "comment", package.why },
    { "externalRefs", { {
      { "referenceCategory", "PACKAGE-MANAGER" },
      { "referenceType", "purl" },
      { "referenceLocator", (package.purl:gsub("%+", "%%2B")) },
    } } },
  }
  if package.sum ~= "" then
    table.insert(fields, 5, { "checksums", sums(package.sum) })
  end
  return fields
end

local function program(file, version, sum)
  return {
    { "SPDXID", "SPDXRef-program" },
    { "name", "charmhost" },
    { "versionInfo", version },
    { "packageFileName", file },
    { "downloadLocation", "NOASSERTION" },
    { "filesAnalyzed", false },
    { "checksums", sums(sum) },
    { "licenseConcluded", "Apache-2.0" },
    { "licenseDeclared", "Apache-2.0" },
    { "copyrightText", "NOASSERTION" },
    { "primaryPackagePurpose", "APPLICATION" },
  }
end

local function relation(from, kind, to)
  return {
    { "spdxElementId", from },
    { "relationshipType", kind },
    { "relatedSpdxElement", to },
  }
end

local verbs = {}

function verbs.spdx()
  local file <const>, version <const>, time <const>, sum <const> =
    arg[3], arg[4], arg[5], arg[6]
  local described = { program(file, version, sum) }
  local relations = {
    relation("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-program"),
  }
  for _, package in ipairs(packages()) do
    described[#described + 1] = describe(package)
    relations[#relations + 1] = relation("SPDXRef-program", "STATIC_LINK",
      "SPDXRef-" .. package.name)
  end
  write(encode({
    { "spdxVersion", "SPDX-2.3" },
    { "dataLicense", "CC0-1.0" },
    { "SPDXID", "SPDXRef-DOCUMENT" },
    { "name", file },
    { "documentNamespace", "urn:charmhost:sha256:" .. sum },
    { "creationInfo", {
      { "created", os.date("!%Y-%m-%dT%H:%M:%SZ", math.tointeger(time)) },
      { "creators", { "Tool: charmhost-vendor-sbom" } },
    } },
    { "packages", described },
    { "relationships", relations },
  }, "") .. "\n")
end

-- Lua's licence is the comment that ends lua.h.
local function licence_text(path)
  local text = read(path)
  if not path:match "%.h$" then
    return text
  end
  return (text:match("(%* Copyright.-)\n%*+/"):gsub("%f[^\n\0]%* ?", "")
    .. "\n")
end

function verbs.licences()
  local parts = {}
  for i, package in ipairs(packages()) do
    parts[i] = ("%s %s (%s)\n%s\n\n%s"):format(package.name, package.version,
      package.licence, ("="):rep(72), licence_text(package.text))
  end
  write(table.concat(parts, "\n\n"))
end

verbs[verb]()
