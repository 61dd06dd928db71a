-- `:CodeCompass doctor`: what is wrong and what to do, as the server sees it.

local float = require('codecompass.float')
local notice = require('codecompass.notice')
local request = require('codecompass.request')

local M = {}

---@param result table
---@return string[]
local function lines_of(result)
  local lines = {}
  local signs = { ok = '✓', warning = '!', problem = '✗' }
  for _, finding in ipairs(result.findings or {}) do
    table.insert(lines, ('%s **%s** %s'):format(signs[finding.level] or '?', finding.about, finding.message))
    if finding.fix then
      table.insert(lines, '  → ' .. finding.fix)
    end
  end
  for _, check in ipairs(result.findings and {} or result.checks or {}) do
    table.insert(lines, ('%s **%s** %s'):format(check.ok and '✓' or '✗', check.name, check.message))
  end
  table.insert(lines, '')
  table.insert(lines, 'More: `:checkhealth codecompass`')
  return vim.split(table.concat(lines, '\n'), '\n')
end

function M.command()
  request.execute('codecompass.doctor', nil, function(problem, result)
    if problem then
      return notice.fail(problem .. ' (:checkhealth codecompass looks at the rest)')
    end
    float.open({ title = 'Doctor', lines = lines_of(result or {}), filetype = 'markdown' })
  end)
end

return M
