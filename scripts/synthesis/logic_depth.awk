# The deepest path of gates into the registers and memories of each module, from a hierarchical netlist of
# gates (Yosys: write_blif -icells -cname): prints for each module, separated by tabs, its name, the depth,
# where the path starts, where it ends, and the instances on its way. A path runs through the whole design; it
# starts at a register, at a memory's output or at an input of the design, and belongs to the module that
# holds the register at its end. Paths to outputs of the design belong to OUTPUTS. Every gate counts one; clocks do
# not count, being trees and no logic; a path between registers of different edges has half a cycle and counts
# twice. Set top to the name of the top module.

# --- Reading: the lines of each module. ---
/^\.model/ { model = $2; next }
/^\.inputs/ { for (i = 2; i <= NF; i++) is_input[model, $i] = 1; next }
/^\.outputs/ { if (model == top) top_outputs = $0; next }
/^\.subckt/ || (/^\.names/ && NF == 3) { line[model, ++lines[model]] = $0; next }
/^\.cname/ { cell_name[model, lines[model]] = $2; next }

function module_of(model) { sub(/.*heddle_/, "heddle_", model); sub(/\\.*/, "", model); return model }

function stop(message) {
  print "logic_depth: " message > "/dev/stderr"
  exit failed = 1
}

# --- The whole design: nets are "instance number:name", driver[net] is "weight input input ...". ---
function elaborate(model, id,    n, i, count, word, at, pin, net, output, inputs, child, from, falling) {
  for (n = 1; n <= lines[model]; n++) {
    count = split(line[model, n], word, " ")
    if (word[1] == ".names") {
      driver[id ":" word[3]] = "0 " id ":" word[2]
    } else if (word[2] ~ /^\$(_[A-Z]*(FF|LATCH)[A-Z]*_|mem)/) {
      from = targets + 1
      output = path[id] cell_name[model, n]
      falling = word[2] ~ /^\$_[A-Z]*FF[A-Z]*_N/
      for (i = 3; i <= count; i++) {
        at = index(word[i], "=")
        pin = substr(word[i], 1, at - 1)
        net = id ":" substr(word[i], at + 1)
        if (pin == "Q") {
          output = named(net)
          if (falling) falls[net] = 1
        }
        if (pin ~ /^(Q|RD_DATA|C|RD_CLK|WR_CLK)(\[|$)/) continue
        target[++targets] = net
        owner[targets] = module_of(model)
        target_falls[targets] = falling
      }
      for (; from <= targets; from++) end_name[from] = output
    } else if (word[2] ~ /^\$_/) {
      inputs = ""
      for (i = 3; i <= count; i++) {
        at = index(word[i], "=")
        if (substr(word[i], 1, at - 1) == "Y") output = id ":" substr(word[i], at + 1)
        else inputs = inputs " " id ":" substr(word[i], at + 1)
      }
      driver[output] = "1" inputs
    } else if (word[2] in lines) {
      child = ++ids
      path[child] = path[id] cell_name[model, n] "."
      for (i = 3; i <= count; i++) {
        at = index(word[i], "=")
        pin = substr(word[i], 1, at - 1)
        net = id ":" substr(word[i], at + 1)
        if ((word[2], pin) in is_input) driver[child ":" pin] = "0 " net
        else driver[net] = "0 " child ":" pin
      }
      elaborate(word[2], child)
    } else {
      stop("unknown cell " word[2] " in " model)
    }
  }
}

function arrive(net,    cell, count, i, inputs, best, now) {
  if (net in arrival) return arrival[net]
  if (!(net in driver)) return arrival[net] = 0
  cell = driver[net]
  if (cell == "open") stop("combinational loop through " named(net))
  driver[net] = "open"
  count = split(cell, inputs, " ")
  best = -1
  for (i = 2; i <= count; i++) {
    now = arrive(inputs[i])
    if (now > best) {
      best = now
      before[net] = inputs[i]
    }
  }
  driver[net] = ""
  return arrival[net] = best + inputs[1]
}

function named(net,    at) {
  at = index(net, ":")
  return path[substr(net, 1, at - 1)] substr(net, at + 1)
}

function starts_at(net) {
  while (net in before) net = before[net]
  return net
}

# The instances whose gates are on a path, the first one first.
function way(net,    at, here, all) {
  all = ""
  for (; net in before; net = before[net]) {
    if (arrival[net] == arrival[before[net]]) continue
    at = index(net, ":")
    if (substr(net, 1, at - 1) == here) continue
    here = substr(net, 1, at - 1)
    all = substr(path[here], 1, length(path[here]) - 1) (all == "" ? "" : ", " all)
  }
  return all
}

END {
  if (failed) exit 1
  if (!(top in lines)) stop("no module " top)
  path[0] = ""
  elaborate(top, 0)
  count = split(top_outputs, word, " ")
  for (i = 2; i <= count; i++) {
    target[++targets] = "0:" word[i]
    owner[targets] = "OUTPUTS"
    end_name[targets] = word[i]
  }
  for (i = 1; i <= targets; i++) {
    now = arrive(target[i])
    if (owner[i] != "OUTPUTS" && target_falls[i] != (starts_at(target[i]) in falls)) now *= 2
    module = owner[i]
    if (!(module in depth) || now > depth[module]) {
      depth[module] = now
      last[module] = i
    }
  }
  for (module in depth) {
    net = target[last[module]]
    print module "\t" depth[module] "\t" named(starts_at(net)) "\t" end_name[last[module]] "\t" way(net)
  }
}
