-- SPDX-License-Identifier: Apache-2.0
-- The lab on disk: controller.json and one model.json a model, each replaced
-- in one step and synced, so that a killed lab finds its last commit.
local fs = require "host.fs"
local json = require "std.json"

local M = {}

local PRIVATE <const> = tonumber("600", 8)

local function write(path, value)
  return fs.write(path, json.encode(value),
    { mode = PRIVATE, sync = true, atomic = true })
end

local function read(path)
  local text, message, code = fs.read(path)
  if not text then
    return nil, message, code
  end
  local value, why = json.decode(text)
  if not value then
    return nil, ("cannot read %s: %s"):format(path, why), "syntax"
  end
  return value
end

---@param data string
---@return { name: string, cloud: string, uuid: string, current: string?,
---  network: integer?, models: string[] }?
---@return string? message
---@return string? code "ENOENT": there is no controller
function M.controller(data)
  return read(data .. "/controller.json")
end

---@param data string
---@param controller table
---@return true?
---@return string? message
function M.save_controller(data, controller)
  return write(data .. "/controller.json", controller)
end

---@param folder string the model's
---@return table? model
---@return string? message
function M.model(folder)
  return read(folder .. "/model.json")
end

---@param folder string the model's
---@param model table
---@return true?
---@return string? message
function M.save_model(folder, model)
  return write(folder .. "/model.json", model)
end

return M
