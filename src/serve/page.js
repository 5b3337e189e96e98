"use strict";
// Sends what is asked for, shows what comes back. It makes no markup of texts: they are set as text.
(() => {
  const by = (id) => document.getElementById(id);
  const number = new Intl.NumberFormat("en");
  let token = "";
  let current = null;
  let watching = null;
  let labels = new Map();

  const element = (name, text, attributes = {}) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };

  const headers = (more = {}) => (token ? { ...more, Authorization: `Bearer ${token}` } : more);

  // The answer, or the problem that it tells of.
  const ask = async (path, options = {}) => {
    const reply = await fetch(path, { ...options, headers: headers(options.headers) });
    if (reply.status === 401) by("key").hidden = false;
    if (!reply.ok) {
      const problem = await reply.json().catch(() => ({}));
      throw { detail: problem.detail ?? `The server answered ${reply.status}.`, field: problem.field };
    }
    return reply;
  };

  const said = (problem) => problem.detail ?? "The server cannot be reached.";

  /* Problems stand beside their fields. */
  const clear = () => {
    for (const shown of document.querySelectorAll(".problem")) shown.hidden = true;
    for (const field of document.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
  };

  const inputs = { documents: "file", goal: "goal", codebook: "codebook", "plan.backend": "backend", "plan.k": "k" };
  inputs["plan.questions"] = "questions";
  inputs["plan.text-field"] = "text-field";

  const show = (problem) => {
    const field = (problem.field ?? "").replace(/\[.*$/, "");
    const place = by(`${field.replace(".", "-")}-problem`) ?? by("other-problem");
    const detail = said(problem);
    const named = problem.field && !detail.startsWith(problem.field) ? `${problem.field}: ${detail}` : detail;
    // Beside its field it needs no name.
    place.textContent = place.id === "other-problem" ? named : detail.replace(`${field}: `, "");
    place.hidden = false;
    const input = by(inputs[field] ?? "");
    if (!input) return;
    const folded = input.closest("details");
    if (folded) folded.open = true;
    input.setAttribute("aria-invalid", "true");
    input.focus();
  };

  /* What is asked for. */
  const form = () => {
    const sent = new FormData();
    const file = by("file").files[0];
    const lines = by("lines").value;
    const plan = {};
    if (file) sent.append("documents", file, file.name);
    else if (lines.trim()) {
      sent.append("documents", new Blob([lines], { type: "text/plain" }), "pasted.txt");
      plan.format = "lines";
    } else throw { field: "documents", detail: "Choose a file, or paste texts." };
    sent.append("goal", by("goal").value.trim());
    if (by("backend").value) plan.backend = by("backend").value;
    if (by("k").value) plan.k = Number(by("k").value);
    if (by("questions").value) plan.questions = Number(by("questions").value);
    if (by("text-field").value && file) plan["text-field"] = by("text-field").value;
    sent.append("plan", JSON.stringify(plan));
    const codebook = by("codebook").files[0];
    if (codebook) sent.append("codebook", codebook, codebook.name);
    return sent;
  };

  const busy = async (button, work) => {
    button.disabled = true;
    clear();
    try {
      await work();
    } catch (problem) {
      show(problem);
    } finally {
      button.disabled = false;
    }
  };

  const figures = (of, digits = 0) => {
    const text = (value) => (digits ? value.toFixed(digits) : number.format(value));
    return of.low === of.high ? text(of.expected) : `${text(of.expected)} (${text(of.low)} to ${text(of.high)})`;
  };

  by("estimate").addEventListener("click", () =>
    busy(by("estimate"), async () => {
      by("estimated").textContent = "Counting …";
      try {
        const found = await (await ask("/v1/estimate", { method: "POST", body: form() })).json();
        const told = [`${number.format(found.documents)} documents in ${number.format(found.rows)} rows.`];
        if (found.asks) {
          told.push(`About ${figures(found.questions)} questions and ${figures(found.prompt_tokens)} prompt tokens.`);
          told.push(found.cost ? `Cost ${figures(found.cost, 2)}, in the currency of the backend's prices.` : "The backend has no prices.");
        } else told.push("No model is asked: it costs nothing.");
        by("estimated").textContent = [...told, ...found.notes].join(" ");
      } catch (problem) {
        by("estimated").textContent = "";
        throw problem;
      }
    }),
  );

  by("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    busy(by("start"), async () => {
      const key = crypto.randomUUID ? crypto.randomUUID() : String(Math.random());
      const options = { method: "POST", body: form(), headers: { "Idempotency-Key": key } };
      const job = await (await ask("/v1/jobs", options)).json();
      location.hash = job.id;
      by("job").scrollIntoView({ block: "start" });
    });
  });

  /* A file that is dropped. */
  const drop = by("drop");
  for (const name of ["dragover", "dragleave", "drop"]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", name === "dragover");
      if (name === "drop" && event.dataTransfer.files.length) by("file").files = event.dataTransfer.files;
    });
  }

  /* One job. */
  const ended = (status) => status !== "queued" && status !== "running";
  const words = { queued: "Waiting", running: "Running", complete: "Complete", partial: "Partial", failed: "Failed", cancelled: "Cancelled" };

  const draw = (job) => {
    by("job").hidden = false;
    by("status").textContent = `${words[job.status] ?? job.status}.`;
    by("reason").textContent = job.problem?.detail ?? job.reason ?? "";
    by("job-goal").textContent = job.goal;
    by("cancel").hidden = ended(job.status);
    by("resume").hidden = !ended(job.status) || job.status === "complete";
    by("erase").hidden = !ended(job.status);
    by("report").hidden = !job.results;
    by("found").hidden = !job.results;
    by("put").hidden = job.status !== "complete";
    by("progress").hidden = job.status !== "running";
    if (job.step) step(job.step);
    if (job.status !== "running") by("step").textContent = told(job.results);
    if (job.results) by("messages").replaceChildren();
    if (job.results) report(job);
  };

  const told = (results) => {
    if (!results) return "";
    const documents = results.assigned + results.uncovered + results.failed;
    const parts = [`${number.format(results.clusters)} clusters hold ${number.format(results.assigned)} of ${number.format(documents)} documents.`];
    if (results.calls) parts.push(`${number.format(results.calls)} requests, ${number.format(results.tokens)} tokens.`);
    if (results.cost !== null && results.cost !== undefined) parts.push(`Cost ${results.cost.toFixed(4)}.`);
    return parts.join(" ");
  };

  const step = ({ name, done, total }) => {
    by("progress").max = total || 1;
    by("progress").value = done;
    by("step").textContent = `${name}: ${number.format(done)} of ${number.format(total)}`;
  };

  const report = (job) => {
    const link = by("report");
    link.href = `/v1/jobs/${job.id}/report.html`;
    link.onclick = !token
      ? null
      : async (event) => {
          event.preventDefault();
          // A link sends no token: the report is fetched, and saved as a file.
          const file = await (await ask(`/v1/jobs/${job.id}/report.html`)).blob();
          const save = element("a", undefined, { href: URL.createObjectURL(file), download: "report.html" });
          save.click();
          URL.revokeObjectURL(save.href);
        };
    if (token) link.textContent = "Save the report";
  };

  const svg = (name, attributes) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };

  const bar = (share, largest) => {
    const drawn = svg("svg", { class: "bar", width: "100%", height: "16", "aria-hidden": "true" });
    drawn.append(svg("rect", { class: "fill", x: "0", y: "2", height: "12", width: `${(100 * share) / largest}%` }));
    return drawn;
  };

  const clusters = async (job) => {
    const found = (await (await ask(`/v1/jobs/${job.id}/clusters`)).json()).clusters;
    if (current !== job.id) return;
    labels = new Map(found.map((cluster) => [cluster.id, cluster.label]));
    const largest = Math.max(...found.map((cluster) => cluster.share.estimate), 0.01);
    by("clusters").replaceChildren(
      ...found.map((cluster) => {
        const line = element("li");
        if (cluster.parent) line.className = "part";
        line.append(
          element("span", cluster.label, { dir: "auto" }),
          bar(cluster.share.estimate, largest),
          element("span", `${Math.round(100 * cluster.share.estimate)}%`, { class: "percent" }),
          element("span", number.format(cluster.size), { class: "size" }),
        );
        if (cluster.predicate) line.append(element("p", cluster.predicate, { class: "predicate", dir: "auto" }));
        return line;
      }),
    );
  };

  const look = async (id) => {
    const job = await (await ask(`/v1/jobs/${id}`)).json();
    if (current !== id) return job;
    draw(job);
    if (job.results) await clusters(job);
    return job;
  };

  /* Events: read by hand, as an EventSource sends no token. */
  const follow = async (id, stop) => {
    let last = "";
    while (!stop.aborted) {
      try {
        const options = { signal: stop, headers: last ? { "Last-Event-ID": last } : {} };
        const reply = await ask(`/v1/jobs/${id}/events`, options);
        if (reply.status === 204) return;
        const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
        let text = "";
        for (;;) {
          const { value, done } = await reader.read();
          if (done) break;
          text += value;
          const whole = text.split("\n\n");
          text = whole.pop();
          for (const part of whole) {
            const field = (name) => part.split("\n").find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
            last = field("id") ?? last;
            if (!field("event")) continue;
            happened(id, field("event"), JSON.parse(field("data") ?? "{}"));
          }
        }
      } catch (problem) {
        if (stop.aborted) return;
        if (problem.detail) return show(problem);
      }
      // The server was started again, or the network has gone for a while.
      await new Promise((wake) => setTimeout(wake, 1000));
    }
  };

  const happened = (id, name, data) => {
    if (current !== id) return;
    if (name === "running") {
      by("status").textContent = `${words.running}.`;
      by("reason").textContent = "";
      by("progress").hidden = false;
    } else if (name === "begin") step({ name: data.step, done: 0, total: data.total });
    else if (name === "advance") step({ name: data.step, done: data.done, total: data.total });
    else if (name === "message") by("messages").append(element("li", data.message, { dir: "auto" }));
    else if (name === "ended") finish(id);
    else if (name === "queued") by("messages").replaceChildren();
  };

  const finish = async (id) => {
    try {
      await look(id);
      await list();
    } catch (problem) {
      show(problem);
    }
  };

  const open = async () => {
    const id = location.hash.slice(1);
    watching?.abort();
    current = id || null;
    by("job").hidden = !id;
    by("clusters").replaceChildren();
    by("messages").replaceChildren();
    by("placed").replaceChildren();
    if (!id) return;
    watching = new AbortController();
    const stop = watching.signal;
    try {
      const job = await look(id);
      await list();
      if (!ended(job.status)) await follow(id, stop);
    } catch (problem) {
      if (!stop.aborted) show(problem);
      by("job").hidden = true;
    }
  };

  by("cancel").addEventListener("click", () =>
    busy(by("cancel"), async () => {
      await ask(`/v1/jobs/${current}`, { method: "DELETE" });
      await look(current);
      await list();
    }),
  );

  by("resume").addEventListener("click", () =>
    busy(by("resume"), async () => {
      await ask(`/v1/jobs/${current}/resume`, { method: "POST" });
      await open();
    }),
  );

  by("erase").addEventListener("click", () =>
    busy(by("erase"), async () => {
      if (!confirm("Erase this job with its documents and results?")) return;
      await ask(`/v1/jobs/${current}?erase=true`, { method: "DELETE" });
      location.hash = "";
      await list();
    }),
  );

  by("put").addEventListener("submit", (event) => {
    event.preventDefault();
    busy(event.submitter ?? by("put").querySelector("button"), async () => {
      const documents = by("new-lines").value.split("\n").map((line) => line.trim()).filter(Boolean);
      const place = by("put-problem");
      try {
        if (!documents.length) throw { detail: "Write a text first." };
        const options = { method: "POST", body: JSON.stringify({ documents }), headers: { "Content-Type": "application/json" } };
        const { assignments } = await (await ask(`/v1/jobs/${current}/assign`, options)).json();
        by("placed").replaceChildren(
          ...assignments.map((line) => {
            const item = element("li");
            const where = line.clusters.map((cluster) => labels.get(cluster.id) ?? cluster.id).join(", ");
            const sure = line.flags.includes("unsure") ? ", unsure" : "";
            item.append(element("span", documents[line.line - 1] ?? line.id, { dir: "auto" }));
            item.append(element("span", where ? `→ ${where}${sure}` : `in no cluster: ${line.reason ?? line.status}`, { class: "about", dir: "auto" }));
            return item;
          }),
        );
      } catch (problem) {
        place.textContent = said(problem);
        place.hidden = false;
      }
    });
  });

  /* All jobs. */
  const list = async () => {
    const { jobs } = await (await ask("/v1/jobs?limit=20")).json();
    by("jobs-section").hidden = jobs.length === 0;
    by("jobs").replaceChildren(
      ...jobs.map((job) => {
        const row = element("tr");
        const goal = element("td");
        goal.append(element("a", job.goal || "by wording", { href: `#${job.id}`, dir: "auto" }));
        const time = new Date(1000 * job.accepted);
        const begun = element("td");
        begun.append(element("time", time.toLocaleString(), { datetime: time.toISOString() }));
        row.append(goal, element("td", words[job.status] ?? job.status), element("td", number.format(job.rows)), begun);
        return row;
      }),
    );
  };

  /* Models. */
  const hint = () => {
    by("backend-hint").textContent = by("backend").value
      ? "The model names the groups by your question and judges documents. The documents are sent to it."
      : "Nothing is sent anywhere. Texts of like wording are grouped, and your question is not asked; with a codebook, texts go to its entries.";
  };
  by("backend").addEventListener("change", hint);

  const begin = async () => {
    hint();
    try {
      const { backends } = await (await ask("/v1/backends")).json();
      for (const backend of backends) {
        if (![...by("backend").options].some((option) => option.value === backend.name)) {
          by("backend").append(element("option", backend.name, { value: backend.name }));
        }
      }
      const notice = by("notice");
      notice.hidden = backends.length > 0;
      if (!backends.length) {
        const line = element("li");
        line.append(
          element("strong", "No model is configured."),
          element("span", "Texts are grouped by wording, or by a codebook of yours. To group them by your question, the server's owner names a model in its configuration."),
        );
        notice.replaceChildren(line);
      }
      by("key").hidden = true;
      await list();
      await open();
    } catch (problem) {
      if (by("key").hidden) show(problem);
      else by("token").focus();
    }
  };

  by("key").addEventListener("submit", (event) => {
    event.preventDefault();
    token = by("token").value.trim();
    begin();
  });
  window.addEventListener("hashchange", open);
  begin();
})();
