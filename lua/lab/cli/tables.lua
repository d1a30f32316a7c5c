-- SPDX-License-Identifier: Apache-2.0
-- The tables of `status`, as Juju prints them. Pure.
local names = require "lab.names"
local texts = require "lab.cli.texts"

local M = {}

local function model_rows(status)
  local model <const> = status.model
  local notes <const> = (model["model-status"] or {}).message
  return {
    { "Model", "Controller", "Cloud/Region", "Version", "SLA", "Timestamp",
      notes and "Notes" },
    {
      model.name, model.controller, model.cloud, model.version, model.sla,
      status.controller.timestamp, notes,
    },
  }
end

local function application_rows(status)
  local rows <const> = {
    {
      "App", "Version", "Status", "Scale", "Charm", "Channel", "Rev",
      "Address", "Exposed", "Message",
    },
  }
  for name, app in names.each(status.applications) do
    local state <const> = app["application-status"]
    rows[#rows + 1] = {
      name, app.version or "", app.life == "dying" and "terminated"
        or state.current, tostring(app.scale), app.charm,
      app["charm-channel"], tostring(app["charm-rev"]), app.address or "",
      "no", state.message or "",
    }
  end
  return rows
end

local function unit_rows(status)
  local rows <const> =
    { { "Unit", "Workload", "Agent", "Address", "Ports", "Message" } }
  for _, app in names.each(status.applications) do
    for name, unit in names.each(app.units) do
      local workload <const> = unit["workload-status"]
      local agent <const> = unit["juju-status"]
      local message = workload.message or ""
      if agent.current == "executing" and agent.message then
        message = ("(%s) %s"):format(agent.message:gsub("^running ", ""),
          message):gsub("%s+$", "")
      elseif agent.current == "error" then
        message = agent.message or message
      end
      rows[#rows + 1] = {
        name .. (unit.leader and "*" or ""), workload.current, agent.current,
        unit.address, table.concat(unit["open-ports"], ","), message,
      }
    end
  end
  return rows
end

local function relation_rows(status)
  local rows <const> = {
    { "Integration provider", "Requirer", "Interface", "Type", "Message" },
  }
  for _, row in ipairs(status.integrations) do
    rows[#rows + 1] =
      { row.provider, row.requirer, row.interface, row.type, row.message }
  end
  return rows
end

---The tables of one status.
---@param status table as the controller gives it
---@param with_relations boolean?
---@return string
function M.text(status, with_relations)
  local parts <const> = { texts.table(model_rows(status)) }
  if not next(status.applications) then
    return parts[1] .. ('\nModel "%s" is empty.\n')
      :format(status.model.name)
  end
  parts[2] = texts.table(application_rows(status), { [4] = true, [7] = true })
  parts[3] = texts.table(unit_rows(status))
  if with_relations and #status.integrations > 0 then
    parts[4] = texts.table(relation_rows(status))
  end
  return table.concat(parts, "\n")
end

return M
