-- SPDX-License-Identifier: Apache-2.0
-- The YAML files of a charm, from its folder or out of its charmcraft.yaml:
-- read, and refused where Juju would refuse them.
local actions = require "cli.charm.actions"
local charmcraft = require "cli.charm.charmcraft"
local config = require "cli.charm.config"
local documents = require "cli.charm.document"
local files = require "cli.charm.files"
local metadata = require "cli.charm.metadata"
local null = require "std.null"
local yaml = require "std.yaml"

local M = {}

local CHECKS <const> = {
  { "metadata.yaml", metadata.check },
  { "config.yaml", config.check },
  { "actions.yaml", actions.check },
}

local function parse(folder, file)
  local entry <const> = folder.by_name[file]
  if not entry then
    return nil
  end
  local document <const>, why <const> = documents.parse(file, entry.data)
  if not document then
    folder.problems[#folder.problems + 1] = why
  end
  return document
end

local function complain(folder, document)
  table.move(document:complaints(), 1, #document.problems,
    #folder.problems + 1, folder.problems)
end

-- The documents that charmcraft.yaml holds; that file stays out of the charm.
local function from_charmcraft(folder)
  local document <const> = parse(folder, "charmcraft.yaml")
  files.remove(folder, "charmcraft.yaml")
  if not document then
    return {}, {}
  end
  local made <const> = charmcraft.split(document, function(file)
    return folder.by_name[file] ~= nil
  end)
  complain(folder, document)
  return made, charmcraft.bases(document)
end

-- An empty actions.yaml is none; Juju says so of no other file.
local function is_nothing(file, document)
  return file == "actions.yaml" and document.value == null
end

local function check_revision(folder)
  local entry <const> = folder.by_name["revision"]
  if entry and not entry.data:find("^%s*%d+") then
    folder.problems[#folder.problems + 1] = "revision:1: expected a number"
  end
end

---Checks the files, adding those that charmcraft.yaml says.
---@param folder cli.charm.Folder problems are added to it
---@return string? name the charm's
---@return string[] bases that charmcraft.yaml says
function M.check(folder)
  local made <const>, bases <const> = from_charmcraft(folder)
  local name
  for _, check in ipairs(CHECKS) do
    local file <const> = check[1]
    local document <const> = made[file] or parse(folder, file)
    if document and not is_nothing(file, document) then
      check[2](document)
      complain(folder, document)
      name = name or document:get("name")
    end
    if made[file] then
      files.add(folder, { name = file, mode = files.PLAIN,
        data = yaml.encode(document.value) })
    end
  end
  check_revision(folder)
  return name, bases
end

return M
