using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Languages;
using Michi.Platform.Places;
using Michi.Roadmap.Plans;
using Michi.Roadmap.Scenarios;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Michi.Roadmap.FollowUp;

/// <summary>Takes a signal (budget cut, delay, election, new rule) and makes a scenario from it in which what is done stays and the rest may move.</summary>
internal sealed class SendSignal(RoadmapDb db, PlanBook plans, Reader reader, TimeProvider clock, Words words)
{
    public const int MaxText = 2000;

    /// <param name="From">Quarter the plan is made anew from, <c>2027-Q3</c>.</param>
    /// <param name="Budgets">Funding source → per cent that is left of it, 0–1000.</param>
    /// <param name="Delays">Initiative → quarters of delay, 1–40.</param>
    public sealed record Request(
        string? Kind, string? Text, string? From, Dictionary<string, double>? Budgets, Dictionary<string, int>? Delays, string? HoldUntil, List<string>? Must, List<string>? Forbid);

    /// <param name="Scenario">The scenario made.</param>
    public sealed record Answer(Guid Scenario);

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/api/places/{place}/signals", Handle).WithMetadata(new AllowAttribute(Right.Plan))
        .WithSummary("Make a scenario from the adopted plan after something has happened").Produces<Answer>(201).ProducesProblem(404).ProducesProblem(422);

    public static async Task<IResult> Handle(string place, Request request, HttpContext http, SendSignal send, Words words, CancellationToken cancel)
    {
        var (scenario, faults) = await send.RunAsync((Place)http.Items[typeof(Place)]!, request, cancel);
        if (faults is null) return InputProblems.Missing(words);
        return scenario is { } id ? TypedResults.Created($"/api/places/{place}/scenarios/{id}", new Answer(id)) : InputProblems.Of(faults, words);
    }

    /// <summary>The scenario made; else what is wrong; neither where the place has adopted no plan.</summary>
    public async Task<(Guid? Scenario, IReadOnlyList<Fault>? Faults)> RunAsync(Place place, Request request, CancellationToken cancel)
    {
        if (await plans.AdoptedAsync(place.Id, cancel) is not { } adopted) return (null, null);
        var plan = (await plans.ReadAsync(adopted, cancel)).Reading;
        var check = new InputCheck();
        var facts = Checked(check, plan, request);
        if (!check.IsSound) return (null, check.Faults);

        var progress = await db.Progress.AsNoTracking().Where(p => p.PlaceId == place.Id).ToListAsync(cancel);
        var now = clock.GetUtcNow();
        var scenario = new Scenario
        {
            Id = Guid.CreateVersion7(now),
            PlaceId = place.Id,
            Name = words["follow-up.scenario-name", words[$"follow-up.kind.{facts.Kind}"], facts.From],
            Facts = Replan.From(plan, progress, facts),
            IsDemonstration = adopted.Input.IsDemonstration,
            CreatedAt = now,
            ChangedAt = now,
            ChangedBy = reader.Name,
        };
        db.Scenarios.Add(scenario);
        db.Signals.Add(new() { Id = Guid.CreateVersion7(now), PlaceId = place.Id, Facts = facts, ScenarioId = scenario.Id, At = now, By = reader.Name, IsDemonstration = adopted.Input.IsDemonstration });
        db.Record(reader, now, "plan.signal", place.Id, $"{facts.Kind} {facts.From}");
        await db.SaveChangesAsync(cancel);
        return (scenario.Id, []);
    }

    private static SignalFacts Checked(InputCheck check, PlanReading plan, Request request)
    {
        var (scenario, codes) = (plan.Input.Scenario, plan.Model.Codes);
        var last = scenario.Start.Plus(scenario.Quarters - 1);
        var budgets = new Dictionary<string, double>();
        foreach (var (source, left) in request.Budgets ?? [])
        {
            if (scenario.Sources.All(s => s.Id != source)) check.Refuse("budgets", "choice", source, string.Join(", ", scenario.Sources.Select(s => s.Id)));
            else if (check.Number($"budget-{source}", left, 0, 1000) is { } share) budgets[source] = share / 100;
        }
        var delays = new Dictionary<string, int>();
        foreach (var (code, quarters) in request.Delays ?? [])
            if (IsKnown("delays", code) && check.Number($"delay-{code}", quarters, 1, 40, whole: true) is not null) delays[code] = quarters;
        foreach (var code in request.Must ?? []) IsKnown("must", code);
        foreach (var code in request.Forbid ?? [])
            if (IsKnown("forbid", code) && (request.Must ?? []).Contains(code)) check.Refuse("forbid", "must-and-forbid", code);
        return new()
        {
            Kind = check.Choice("kind", request.Kind, SignalFacts.Kinds),
            Text = check.Text("text", request.Text, MaxText),
            From = Within("from", request.From, required: true) ?? scenario.Start,
            Budgets = budgets,
            Delays = delays,
            HoldUntil = Within("hold-until", request.HoldUntil, required: false),
            Must = [.. (request.Must ?? []).Distinct()],
            Forbid = [.. (request.Forbid ?? []).Distinct()],
        };

        // A list in JSON may hold null.
        bool IsKnown(string field, string? code)
        {
            if (code is not null && codes.Contains(code)) return true;
            check.Refuse(field, "unknown-initiative", code is { Length: > 60 } ? code[..60] : code);
            return false;
        }

        Quarter? Within(string field, string? text, bool required)
        {
            if (string.IsNullOrWhiteSpace(text))
            {
                if (required) check.Refuse(field, "required");
                return null;
            }
            if (!Quarter.TryParse(text.Trim(), out var quarter)) check.Refuse(field, "quarter", text.Trim().Length > 40 ? $"{text.Trim()[..40]}…" : text.Trim());
            else if (quarter < scenario.Start || quarter > last) check.Refuse(field, "quarter-outside", scenario.Start, last);
            else return quarter;
            return null;
        }
    }
}
