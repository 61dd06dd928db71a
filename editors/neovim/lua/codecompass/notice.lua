-- What is said to the user.

local M = {}

---@param message string
function M.say(message)
  vim.notify('CodeCompass: ' .. message, vim.log.levels.INFO)
end

---@param message string
function M.warn(message)
  vim.notify('CodeCompass: ' .. message, vim.log.levels.WARN)
end

---@param message string
function M.fail(message)
  vim.notify('CodeCompass: ' .. message, vim.log.levels.ERROR)
end

return M
