-- SPDX-License-Identifier: Apache-2.0
-- The deployment guide as data: the commands that `charmlab up` plays, word
-- for word those of the guide for `juju`, and the clean-up of `charmlab down`.
-- They are run in the folder with the packed charms.
local M = {}

M.CONTROLLER = "temporal-controller"
M.APPLICATIONS = { "postgresql-k8s", "temporal-admin-k8s", "temporal-k8s" }
M.SERVER = "temporal-k8s/0"
M.FRONTEND_PORT = 7233

---@class lab.flow.Step
---@field words string[] the command line after `charmlab`
---@field show boolean? its output is for the reader

--- The guide's block.
---@param arch string as in the charm's file name, such as amd64
---@return lab.flow.Step[]
function M.deployment(arch)
  local suffix = ("_ubuntu-20.04-%s.charm"):format(arch)
  return {
    { words = { "bootstrap", "microk8s", M.CONTROLLER } },
    { words = { "add-model", "temporal" } },
    { words = { "model-config",
      "logging-config=<root>=INFO;unit=DEBUG" } },
    { words = { "deploy", "./temporal-k8s" .. suffix, "--resource",
      "temporal-server-image=temporalio/server:1.17.4" } },
    { words = { "deploy", "postgresql-k8s", "--channel", "edge", "--trust" } },
    { words = { "relate", "temporal-k8s", "postgresql-k8s:db" } },
    { words = { "deploy", "./temporal-admin-k8s" .. suffix, "--resource",
      "temporal-admin-image=temporalio/admin-tools:1.17.4" } },
    { words = { "relate", "temporal-k8s:admin", "temporal-admin-k8s:admin" } },
    { words = { "status", "--relations" }, show = true },
    { words = { "debug-log" } },
  }
end

--- The guide's clean-up, and the end of the controller.
---@return lab.flow.Step[]
function M.removal()
  return {
    { words = { "remove-application", "temporal-k8s", "--force" } },
    { words = { "remove-application", "temporal-admin-k8s", "--force" } },
    { words = { "remove-application", "postgresql-k8s", "--force" } },
    { words = { "destroy-controller", M.CONTROLLER, "--destroy-all-models",
      "--no-prompt" } },
  }
end

return M
