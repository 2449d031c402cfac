using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Languages;
using Michi.Platform.Places;
using Michi.Roadmap.Initiatives;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Michi.Roadmap.FollowUp;

/// <summary>Decides at a stage gate: an initiative passes it, is held, or is stopped; the reason is kept for good.</summary>
internal sealed class DecideGate(RoadmapDb db, Reader reader, TimeProvider clock)
{
    public const int MaxReason = 2000;

    public static IReadOnlyList<string> Gates { get; } = ["idea", "testbed", "demonstration", "roll-out", "operation"];

    /// <summary>What can be decided: any gate, back included, or <c>hold</c> or <c>stop</c>.</summary>
    public static IReadOnlyList<string> Choices { get; } = [.. Gates, "hold", "stop"];

    public sealed record Request(string? To, string? Reason);

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/api/places/{place}/initiatives/{initiative}/gate", Handle).WithMetadata(new AllowAttribute(Right.Plan))
        .WithSummary("Record a decision at a stage gate").Produces(204).ProducesProblem(404).ProducesProblem(409).ProducesProblem(422);

    public static async Task<IResult> Handle(string place, string initiative, Request request, HttpContext http, DecideGate decide, Words words, CancellationToken cancel)
    {
        var faults = await decide.RunAsync((Place)http.Items[typeof(Place)]!, initiative, request, cancel);
        return faults is null ? InputProblems.Missing(words) : faults.Count > 0 ? InputProblems.Of(faults, words) : TypedResults.NoContent();
    }

    /// <summary>What is wrong with the decision, nothing where it was recorded; null where there is no such initiative.</summary>
    public async Task<IReadOnlyList<Fault>?> RunAsync(Place place, string code, Request request, CancellationToken cancel)
    {
        if (await db.Initiatives.FirstOrDefaultAsync(i => i.PlaceId == place.Id && i.Code == code, cancel) is not { } initiative) return null;
        var check = new InputCheck();
        var (to, reason) = (check.Choice("to", request.To, Choices), check.Text("reason", request.Reason, MaxReason));
        if (to == initiative.Gate) check.Refuse("to", "gate-same");
        if (!check.IsSound) return check.Faults;
        var now = clock.GetUtcNow();
        db.GateDecisions.Add(new() { Id = Guid.CreateVersion7(now), PlaceId = place.Id, Initiative = code, From = initiative.Gate, To = to, Reason = reason, At = now, By = reader.Name });
        if (Gates.Contains(to))
        {
            (initiative.Gate, initiative.Version) = (to, initiative.Version + 1);
            db.InitiativeHistory.Add(InitiativeVersion.Of(initiative, "gate", now, reader.Name));
        }
        db.Record(reader, now, "initiative.gate", place.Id, $"{code} {to}");
        try
        {
            await db.SaveChangesAsync(cancel);
            return [];
        }
        catch (DbUpdateConcurrencyException)
        {
            db.ChangeTracker.Clear();
            return [new Fault("to", "gate-meanwhile")];
        }
    }
}
