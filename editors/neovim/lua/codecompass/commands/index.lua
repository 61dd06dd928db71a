-- `:CodeCompass reindex`, `pause` and `resume`: of the current file's folder, or of all.

local notice = require('codecompass.notice')
local place = require('codecompass.place')
local request = require('codecompass.request')

local M = {}

function M.command(_, call)
  local name = call.fargs[1]
  local uri = place.current_uri()
  request.execute('codecompass.' .. name, uri and { uri = uri } or nil, function(problem, result)
    if problem then
      return notice.fail(problem)
    end
    notice.say((result or {}).message or 'done')
  end)
end

return M
