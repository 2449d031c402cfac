using System.Net;
using Michi.Platform.Accounts;

namespace Michi.IntegrationTests.Roadmap;

public sealed class PlanChangesTests(MichiServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Get_ChangesOfTheOnlyPlan_SaysThatThereIsNoOther()
    {
        var scene = await RoadmapScene.AdoptedAsync(server);
        var planner = await PlannerAsync(scene);

        Assert.Contains("There is no other plan yet", await planner.GetStringAsync($"en/{scene.Slug}/plans/{scene.PlanId}/changes", Cancel), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await planner.GetAsync($"en/{scene.Slug}/plans/{scene.PlanId}/changes?from={Guid.NewGuid()}", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await planner.GetAsync($"en/{scene.Slug}/plans/{Guid.NewGuid()}/changes", Cancel)).StatusCode);
        // A draft is not for everybody.
        Assert.NotEqual(HttpStatusCode.OK, (await server.Anonymous().GetAsync($"en/{scene.Slug}/plans/{scene.PlanId}/changes", Cancel)).StatusCode);
    }

    [Fact]
    public async Task Post_SignalThatForbidsWhatIsToCome_SolvesAtOnceAndShowsTheDifference()
    {
        var scene = await RoadmapScene.AdoptedAsync(server);
        var planner = await PlannerAsync(scene);

        var answer = await MichiServer.PostAsync(planner, $"en/{scene.Slug}/follow-up/signal", new()
        {
            ["kind"] = "rule",
            ["text"] = "Sensors in public space need a law first.",
            ["from"] = $"{scene.Start.Plus(1)}",
            ["budget-own"] = "100",
            ["choice-sensors"] = "forbid",
            ["solve"] = "true",
        });

        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        var page = answer.Headers.Location!.OriginalString;
        var plan = await scene.DoneAsync(server, Guid.Parse(page.Split('/')[^1]));
        Assert.Equal(("replan", scene.PlanId, "done"), (plan.Kind, plan.BasedOn, plan.State));
        Assert.Equal(new Dictionary<string, int> { ["map"] = 0 }, plan.Outcome!.Starts);
        var shown = await planner.GetStringAsync(page, Cancel);
        Assert.Contains("New in the plan: 0. No longer in it: 1. Moved: 0. As before: 1.", shown, StringComparison.Ordinal);
        foreach (var (table, row) in new[] { ("initiatives", "sensors,Sensors,Dropped,"), ("figures", "Set-up (USD),700,400,-300") })
            Assert.Contains(row, await planner.GetStringAsync($"{page}/changes?handler=table&table={table}&format=csv", Cancel), StringComparison.Ordinal);
        Assert.Contains("以前", await planner.GetStringAsync($"ja/{scene.Slug}/plans/{plan.Id}/changes", Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_AdoptionThatIsNotConfirmed_ShowsThePlanAgainWithTheReason()
    {
        var scene = await RoadmapScene.AdoptedAsync(server);

        var answer = await MichiServer.PostAsync(await PlannerAsync(scene), $"en/{scene.Slug}/plans/{scene.PlanId}", [], $"en/{scene.Slug}/plans/{scene.PlanId}?handler=adopt");

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Contains("Tick the box", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    private async Task<HttpClient> PlannerAsync(RoadmapScene scene) => await server.SignedInAsync((await server.PersonAsync(Role.Planner, scene.Slug)).Email, Person.Password);
}
