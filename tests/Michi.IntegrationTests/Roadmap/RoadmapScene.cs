using Michi.Roadmap;
using Michi.Roadmap.Scenarios;
using Michi.UnitTests.Roadmap;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Michi.IntegrationTests.Roadmap;

/// <summary>A public city of its own with a plan it has adopted, made up.</summary>
internal sealed class RoadmapScene
{
    public required string Slug { get; init; }
    public required Guid PlaceId { get; init; }
    public required Guid PlanId { get; init; }

    /// <summary>The plan begins in the quarter before the present one, so that there is something to report on.</summary>
    public required Quarter Start { get; init; }

    /// <summary>Two initiatives: <c>map</c> from the first quarter on for two quarters, <c>sensors</c> from the third on.</summary>
    public static async Task<RoadmapScene> AdoptedAsync(MichiServer server, bool isPublic = true)
    {
        var slug = $"plan-{Guid.NewGuid():N}"[..20];
        var id = Guid.NewGuid();
        await server.LookAsync(async db =>
        {
            db.Places.Add(new() { Id = id, Kind = Platform.Places.PlaceKind.City, Slug = slug, Names = new() { ["en"] = "Planned city (made up)" }, IsPublic = isPublic, CreatedAt = DateTimeOffset.UnixEpoch });
            return await db.SaveChangesAsync();
        });
        var start = Quarter.Of(DateOnly.FromDateTime(server.Services.GetRequiredService<TimeProvider>().GetUtcNow().UtcDateTime)).Plus(-1);
        var scenario = PlanScene.Scenario(8, PlanScene.Source("own", [1000, 1000, 1000])) with { Start = start };
        var map = PlanScene.Facts("City map", 2, 400, 40) with { Milestones = [new("bought", new() { ["en"] = "Bought" }, 1)], Kpis = [new("users", new() { ["en"] = "Users" }, "count", true, "own")], Lifts = [new("T3", 0, 1, [])] };
        var input = PlanScene.Input(scenario, ("map", map), ("sensors", PlanScene.Facts("Sensors", 2, 300) with { Prerequisites = [new("map", 0)] }));
        await using var scope = server.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<RoadmapDb>();
        foreach (var initiative in input.Initiatives)
        {
            db.Initiatives.Add(new()
            {
                Id = Guid.NewGuid(),
                PlaceId = id,
                Code = initiative.Code,
                Facts = initiative.Facts,
                CreatedAt = DateTimeOffset.UnixEpoch,
                ChangedAt = DateTimeOffset.UnixEpoch,
                ChangedBy = "test",
            });
        }
        var plan = new Michi.Roadmap.Plans.Plan
        {
            Id = Guid.NewGuid(),
            PlaceId = id,
            ScenarioId = Guid.NewGuid(),
            Kind = "solve",
            Input = input,
            State = "done",
            Outcome = new(Analytics.Planning.PlanStatus.Feasible, new() { ["map"] = 0, ["sensors"] = 2 }, 1, 1, 0, 0, null),
            CreatedAt = DateTimeOffset.UnixEpoch,
            CreatedBy = "test",
            AdoptedAt = DateTimeOffset.UnixEpoch,
        };
        db.Plans.Add(plan);
        await db.SaveChangesAsync();
        return new() { Slug = slug, PlaceId = id, PlanId = plan.Id, Start = start };
    }

    /// <summary>A plan once its search has ended.</summary>
    public async Task<Michi.Roadmap.Plans.Plan> DoneAsync(MichiServer server, Guid id)
    {
        while (true)
        {
            var plan = await LookAsync(server, db => db.Plans.AsNoTracking().SingleAsync(p => p.PlaceId == PlaceId && p.Id == id, TestContext.Current.CancellationToken));
            if (plan.State is not ("waiting" or "running")) return plan;
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Looks into the tables of planning.</summary>
    public static async Task<T> LookAsync<T>(MichiServer server, Func<RoadmapDb, Task<T>> look)
    {
        await using var scope = server.Services.CreateAsyncScope();
        return await look(scope.ServiceProvider.GetRequiredService<RoadmapDb>());
    }
}
