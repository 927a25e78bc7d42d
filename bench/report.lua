-- Prints what wrk measured as one line of JSON. With `-- vary`, every request asks for an address of its own.

local asked, threads = 0, 0

-- Each thread has variables of its own, so they tell their addresses apart by number.
function setup(thread)
   threads = threads + 1
   thread:set("number", threads)
end

function init(arguments)
   if arguments[1] == "vary" then
      local run = os.time() .. "." .. number
      local joint = wrk.path:find("?", 1, true) and "&" or "?"
      request = function()
         asked = asked + 1
         return wrk.format("GET", wrk.path .. joint .. "run=" .. run .. "&n=" .. asked)
      end
      wrk.request = request
   end
end

function done(summary, latency)
   local failed = summary.errors.connect + summary.errors.read + summary.errors.write
      + summary.errors.status + summary.errors.timeout
   io.write(string.format('\n{"rate": %f, "p50": %f, "p99": %f, "failed": %d}\n',
      summary.requests / summary.duration * 1e6, latency:percentile(50) / 1e6, latency:percentile(99) / 1e6, failed))
end
