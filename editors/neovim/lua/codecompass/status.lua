-- How the server is: what it said last, and one short text of it for a status line.

local M = {}

local last = nil ---@type table?
local text = '' ---@type string
local answering = 0
local scheduled = false

-- Redrawing is left to whoever shows it, at most ten times a second.
local function changed()
  if scheduled then
    return
  end
  scheduled = true
  vim.defer_fn(function()
    scheduled = false
    vim.api.nvim_exec_autocmds('User', { pattern = 'CodeCompassStatus', modeline = false })
    vim.cmd.redrawstatus({ bang = true })
  end, 100)
end

---@param folder table
---@return string
local function phrase(folder)
  if folder.phase == 'indexing' and (folder.total or 0) > 0 then
    return ('indexing %d/%d'):format(folder.done, folder.total)
  end
  if folder.phase == 'ready' then
    local waiting = folder.chunks and folder.chunks.pending or 0
    return waiting > 0 and ('%d chunks without vectors'):format(waiting) or 'ready'
  end
  return folder.phase
end

-- The folder of which there is most to say.
local WEIGHT = { failed = 6, indexing = 5, finding = 4, starting = 3, paused = 2, following = 1 }

local function compose()
  if answering > 0 then
    return 'answering'
  end
  local telling = nil ---@type table?
  for _, folder in ipairs(last and last.folders or {}) do
    if not telling or (WEIGHT[folder.phase] or 0) > (WEIGHT[telling.phase] or 0) then
      telling = folder
    end
  end
  return telling and phrase(telling) or ''
end

local function refresh()
  local now = compose()
  if now ~= text then
    text = now
    changed()
  end
end

---@param report table
function M.update(report)
  last = report
  refresh()
end

---The server is gone.
function M.forget()
  last, answering = nil, 0
  refresh()
end

---@param change integer
function M.answers(change)
  answering = math.max(answering + change, 0)
  refresh()
end

---@return table?
function M.last()
  return last
end

---@return string
function M.line()
  return text == '' and '' or 'CodeCompass: ' .. text
end

return M
