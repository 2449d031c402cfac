using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Michi.Analytics.Agreement;
using Michi.Assessment.Profiles;
using Michi.Assessment.Rounds;
using Michi.Platform.Packs;
using Michi.Platform.Places;
using Microsoft.Extensions.DependencyInjection;

namespace Michi.IntegrationTests.Rounds;

public sealed class FacilitationTests(MichiServer server)
{
    [Fact]
    public async Task Post_FromStartToResults_WorksThroughThePages()
    {
        var scene = await RoundScene.NewAsync(server);
        var client = await Pages.FacilitatorAsync(server);
        var started = await MichiServer.PostAsync(client, $"en/{scene.Slug}/rounds/new", new() { ["title"] = "Through the pages" });
        var facilitate = started.Headers.Location!.ToString();

        var invited = await MichiServer.PostAsync(client, facilitate, new() { ["people"] = "Ann, government\n山田花子、企業\nAn, with comma, citizen\n" }, to: $"{facilitate}?handler=invite");
        var page = await Pages.ReadAsync(client, invited.Headers.Location!.ToString());
        var links = page.QuerySelectorAll(".links input").Select(i => i.GetAttribute("value")!).ToList();
        Assert.Equal(3, links.Count);
        Assert.Contains("An, with comma", page.QuerySelector("main")!.TextContent, StringComparison.Ordinal);
        Assert.Empty((await Pages.ReadAsync(client, facilitate)).QuerySelectorAll(".links input"));
        Assert.Contains("not open yet", await scene.Anonymous.GetStringAsync(links[0], RoundScene.Cancel), StringComparison.Ordinal);

        await MichiServer.PostAsync(client, facilitate, new() { ["number"] = "1" }, to: $"{facilitate}?handler=open");
        var assessor = scene.Anonymous;
        await MichiServer.PostAsync(assessor, $"{links[0]}/P1", new() { ["level"] = "3", ["confidence"] = "high", ["round"] = "1" });
        Assert.Equal(["0", "0", "1"], (await Pages.ReadAsync(client, facilitate)).QuerySelectorAll("progress").Select(p => p.GetAttribute("value")).Order());

        var closed = await MichiServer.PostAsync(client, facilitate, new() { ["number"] = "1" }, to: $"{facilitate}?handler=close");
        var results = closed.Headers.Location!.ToString();
        Assert.NotNull((await Pages.ReadAsync(client, results)).GetElementById("P1"));
        var recorded = await MichiServer.PostAsync(client, $"{results}/consensus/P1", new() { ["level"] = "2", ["confidence"] = "low", ["reason"] = "Talked about." });
        Assert.EndsWith("#P1", recorded.Headers.Location!.ToString(), StringComparison.Ordinal);
        Assert.Contains("Talked about.", await scene.Anonymous.GetStringAsync(results, RoundScene.Cancel), StringComparison.Ordinal);
        await MichiServer.PostAsync(client, $"{results}/consensus/P1", [], to: $"{results}/consensus/P1?handler=withdraw");
        Assert.DoesNotContain("Talked about.", await scene.Anonymous.GetStringAsync(results, RoundScene.Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_EveryPage_IsThereInJapanese()
    {
        var scene = await RoundScene.NewAsync(server, assessors: 2, rounds: 1);
        var client = await Pages.FacilitatorAsync(server);
        string[] pages = ["rounds", "rounds/new", $"rounds/{scene.Assessment}", $"rounds/{scene.Assessment}/facilitate", $"rounds/{scene.Assessment}/consensus/P1", $"rounds/{scene.Assessment}/results.csv"];
        await AllAsync();
        await scene.RateAllAsync(("P1", [1, 4]), ("P2", [null, 2]), ("P3", [2, 2]));
        await scene.CloseAsync(1);
        await AllAsync();
        await scene.Facilitator.PutAsJsonAsync($"{scene.This}/consensus/P1", new { level = 2, confidence = "low", reason = "合意" }, RoundScene.Cancel);
        await scene.OpenAsync(2);
        await AllAsync();
        await scene.CloseAsync(2);
        await AllAsync();

        async Task AllAsync()
        {
            foreach (var page in pages) await client.GetStringAsync($"ja/{scene.Slug}/{page}", RoundScene.Cancel);
            await client.GetStringAsync($"ja/rate/{scene.Secrets[0]}", RoundScene.Cancel);
            Assert.True((await client.GetAsync($"ja/rate/{scene.Secrets[0]}/P2", RoundScene.Cancel)).StatusCode is HttpStatusCode.OK or HttpStatusCode.Redirect);
        }
    }

    [Fact]
    public async Task Show_ClosedRound_GivesTheFiguresOfAnalyticsAndTheMostDisputedFirst()
    {
        var scene = await RoundScene.NewAsync(server, assessors: 4, rounds: 1);
        (string, int?[])[] given = [("P1", [0, 4, 1, 3]), ("P2", [2, 2, 2, 2]), ("P3", [1, 2, 1, 1]), ("P4", [3, 3, null, 3]), ("O1", [4, 4, 3, 4]), ("T4", [null, null, null, 0])];
        await scene.RateAllAsync(given);
        await scene.CloseAsync(1);

        var pack = server.Services.GetRequiredService<PackStore>().Current;
        var levels = new double[21, 4];
        for (var e = 0; e < 21; e++)
            for (var a = 0; a < 4; a++) levels[e, a] = given.FirstOrDefault(g => g.Item1 == pack.Elements[e].Id).Item2 is { } told && told[a] is { } level ? level : double.NaN;
        var (alpha, interval) = (KrippendorffAlpha.Compute(levels, MeasurementLevel.Ordinal), KrippendorffAlpha.Interval(levels, MeasurementLevel.Ordinal, RoundAgreement.Seed, cancel: RoundScene.Cancel));
        var (w, wInterval, icc) = (KendallW.Compute(levels), KendallW.Interval(levels, RoundAgreement.Seed, cancel: RoundScene.Cancel), IntraclassCorrelation.Compute(levels).Icc2k);
        var result = await scene.ResultAsync(1);
        var shown = result.GetProperty("agreement");
        Assert.Equal((4, 4), (shown.GetProperty("raters").GetInt32(), shown.GetProperty("completeElements").GetInt32()));
        AssertFigure("krippendorffAlpha", alpha.Alpha, interval.Lower, interval.Upper);
        AssertFigure("kendallW", w.W, wInterval.Lower, wInterval.Upper);
        AssertFigure("icc2k", icc.Value, icc.Lower, icc.Upper);
        Assert.Equal(w.PValue, shown.GetProperty("kendallP").GetDouble(), 12);

        var order = result.GetProperty("elements").EnumerateArray().Select(e => (Id: e.GetProperty("element").GetString(), Disagreement: e.GetProperty("disagreement"))).ToList();
        Assert.Equal("P1", order[0].Id);
        Assert.Equal(alpha.UnitDisagreement[0], order[0].Disagreement.GetDouble(), 12);
        Assert.Equal(order.Where(o => o.Disagreement.ValueKind == JsonValueKind.Number).Select(o => o.Disagreement.GetDouble()).OrderDescending(), order.TakeWhile(o => o.Disagreement.ValueKind == JsonValueKind.Number).Select(o => o.Disagreement.GetDouble()));
        var cards = (await Pages.ReadAsync(scene.Anonymous, $"en/{scene.Slug}/rounds/{scene.Assessment}")).QuerySelectorAll(".round-element").Select(c => c.Id).ToList();
        Assert.Equal(order.Select(o => o.Id).Take(cards.Count), cards);

        void AssertFigure(string name, double value, double lower, double upper)
        {
            var figure = shown.GetProperty(name);
            Assert.Equal(value, figure.GetProperty("value").GetDouble(), 12);
            Assert.Equal(lower, figure.GetProperty("lower").GetDouble(), 12);
            Assert.Equal(upper, figure.GetProperty("upper").GetDouble(), 12);
        }
    }

    [Fact]
    public async Task Open_SecondRound_ShowsTheFirstAndKeepsWhatIsLeftUntouched()
    {
        var scene = await RoundScene.NewAsync(server, assessors: 3, rounds: 1);
        await scene.RateAllAsync(("P1", [3, 3, 3]), ("T4", [0, 2, 4]));
        await scene.CloseAsync(1);
        await scene.OpenAsync(2);

        var overview = await Pages.ReadAsync(scene.Anonymous, $"en/rate/{scene.Secrets[0]}");
        Assert.EndsWith("/T4", overview.QuerySelector("main a.button")!.GetAttribute("href"), StringComparison.Ordinal);
        var page = await Pages.ReadAsync(scene.Anonymous, $"en/rate/{scene.Secrets[0]}/T4");
        Assert.Equal(3, page.QuerySelectorAll("circle.dot").Length);
        Assert.Contains("You gave level 0.", page.QuerySelector("main")!.TextContent, StringComparison.Ordinal);
        Assert.Contains("reason of level 4 for T4", page.QuerySelector("main")!.TextContent, StringComparison.Ordinal);
        Assert.DoesNotContain("Assessor 3", page.QuerySelector("main")!.TextContent, StringComparison.Ordinal);

        await scene.RateAsync(1, "T4", 2);
        await scene.RateAsync(3, "T4", 3);
        await scene.CloseAsync(2);

        var moved = await scene.ResultAsync(2, "T4");
        Assert.Equal((1, 1, 1, 1), (moved.GetProperty("moved").GetProperty("higher").GetInt32(), moved.GetProperty("moved").GetProperty("same").GetInt32(), moved.GetProperty("moved").GetProperty("lower").GetInt32(), moved.GetProperty("standing").GetInt32()));
        Assert.Equal([0, 0, 2, 1, 0], moved.GetProperty("levels").EnumerateArray().Select(l => l.GetInt32()));
        Assert.Equal(3, (await scene.ResultAsync(2, "P1")).GetProperty("standing").GetInt32());
        Assert.Equal([1, 0, 1, 0, 1], (await scene.ResultAsync(1, "T4")).GetProperty("levels").EnumerateArray().Select(l => l.GetInt32()));
    }

    [Fact]
    public async Task Post_Facilitation_NeedsTheRight()
    {
        var scene = await RoundScene.NewAsync(server, assessors: 1, rounds: 1);
        var (viewer, contributor) = (await RoundScene.ByTokenAsync(server, "viewer"), await RoundScene.ByTokenAsync(server, "assessor"));
        (HttpMethod Method, string Address)[] writes =
        [
            (HttpMethod.Post, scene.Api), (HttpMethod.Post, $"{scene.This}/assessors"), (HttpMethod.Post, $"{scene.This}/assessors/{scene.Assessors[0]}/link"), (HttpMethod.Delete, $"{scene.This}/assessors/{scene.Assessors[0]}"),
            (HttpMethod.Put, $"{scene.This}/rounds/2"), (HttpMethod.Post, $"{scene.This}/rounds/1/close"), (HttpMethod.Put, $"{scene.This}/consensus/P1"), (HttpMethod.Delete, $"{scene.This}/consensus/P1"), (HttpMethod.Get, $"{scene.This}/assessors"),
        ];
        foreach (var (method, address) in writes)
        {
            foreach (var (client, status) in new[] { (viewer, HttpStatusCode.Forbidden), (contributor, HttpStatusCode.Forbidden), (scene.Anonymous, HttpStatusCode.Unauthorized) })
            {
                using var request = new HttpRequestMessage(method, address) { Content = method == HttpMethod.Get ? null : JsonContent.Create(new { }) };
                Assert.Equal(status, (await client.SendAsync(request, RoundScene.Cancel)).StatusCode);
            }
        }
        var signedIn = await Pages.ViewerAsync(server);
        foreach (var page in new[] { "rounds/new", $"rounds/{scene.Assessment}/facilitate", $"rounds/{scene.Assessment}/consensus/P1" })
        {
            Assert.Equal(HttpStatusCode.Forbidden, (await signedIn.GetAsync($"en/{scene.Slug}/{page}", RoundScene.Cancel)).StatusCode);
            Assert.Equal(HttpStatusCode.Redirect, (await scene.Anonymous.GetAsync($"en/{scene.Slug}/{page}", RoundScene.Cancel)).StatusCode);
        }
    }

    [Fact]
    public async Task Get_AssessmentOfAnotherPlace_IsNotFound()
    {
        var (mine, other) = (await RoundScene.NewAsync(server, assessors: 1), await RoundScene.NewAsync(server));

        Assert.Equal(HttpStatusCode.NotFound, (await other.Facilitator.GetAsync($"{other.Api}/{mine.Assessment}", RoundScene.Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await other.Facilitator.PutAsync($"{other.Api}/{mine.Assessment}/rounds/1", null, RoundScene.Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await (await Pages.FacilitatorAsync(server)).GetAsync($"en/{other.Slug}/rounds/{mine.Assessment}", RoundScene.Cancel)).StatusCode);
    }

    [Fact]
    public async Task Post_FaultyInput_IsRefusedNamingTheRemedy()
    {
        var scene = await RoundScene.NewAsync(server, assessors: 1);
        await RefusedAsync(scene.Facilitator.PostAsJsonAsync(scene.Api, new { title = " " }, RoundScene.Cancel), 422, "title-missing");
        await RefusedAsync(scene.Facilitator.PostAsJsonAsync(scene.Api, new { title = new string('x', 201) }, RoundScene.Cancel), 422, "too-long");
        await RefusedAsync(scene.Facilitator.PostAsJsonAsync(scene.Api, new { title = "Baseline" }, RoundScene.Cancel), 422, "title-taken");
        await RefusedAsync(InviteAsync(), 422, "people-missing");
        await RefusedAsync(InviteAsync(("Assessor 1", "public")), 422, "person-twice");
        await RefusedAsync(InviteAsync(("B", "public"), ("b", "citizen")), 422, "person-twice");
        await RefusedAsync(InviteAsync(("B", "wizards")), 422, "person-group");
        await RefusedAsync(InviteAsync(("B", "")), 422, "person-no-group");
        await RefusedAsync(InviteAsync((new string('x', 101), "public")), 422, "person-name");
        await RefusedAsync(InviteAsync([.. Enumerable.Range(0, 51).Select(i => ($"P{i}", "other"))]), 422, "people-many");
        await RefusedAsync(scene.Facilitator.PutAsync($"{scene.This}/rounds/2", null, RoundScene.Cancel), 409, "round-order");
        await RefusedAsync(scene.Facilitator.PostAsync($"{scene.This}/rounds/1/close", null, RoundScene.Cancel), 409, "round-unknown");
        await RefusedAsync(ConsensusAsync(), 409, "consensus-early");
        await scene.OpenAsync(1);
        await scene.OpenAsync(1);
        await RefusedAsync(scene.Facilitator.PutAsync($"{scene.This}/rounds/2", null, RoundScene.Cancel), 409, "round-open");
        await RefusedAsync(scene.Facilitator.PostAsync($"{scene.This}/rounds/1/close", null, RoundScene.Cancel), 409, "round-empty");
        await scene.RateAsync(1, "P1", 1);
        await scene.CloseAsync(1);
        await scene.CloseAsync(1);
        await RefusedAsync(scene.Facilitator.PutAsJsonAsync($"{scene.This}/consensus/P1", new { confidence = "low", reason = "x" }, RoundScene.Cancel), 422, "level-missing");
        await RefusedAsync(scene.Facilitator.PutAsJsonAsync($"{scene.This}/consensus/P1", new { level = 1, confidence = "low", reason = "" }, RoundScene.Cancel), 422, "reason-missing");
        Assert.Equal(HttpStatusCode.NotFound, (await scene.Facilitator.PutAsJsonAsync($"{scene.This}/consensus/Z9", new { level = 1, confidence = "low", reason = "x" }, RoundScene.Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await ConsensusAsync()).StatusCode);

        var alone = await RoundScene.NewAsync(server);
        await RefusedAsync(alone.Facilitator.PutAsync($"{alone.This}/rounds/1", null, RoundScene.Cancel), 409, "no-assessors");

        Task<HttpResponseMessage> InviteAsync(params (string Name, string Group)[] people) =>
            scene.Facilitator.PostAsJsonAsync($"{scene.This}/assessors", people.Select(p => new { name = p.Name, group = p.Group }), RoundScene.Cancel);

        Task<HttpResponseMessage> ConsensusAsync() => scene.Facilitator.PutAsJsonAsync($"{scene.This}/consensus/P1", new { level = 1, confidence = "low", reason = "x" }, RoundScene.Cancel);

        static async Task RefusedAsync(Task<HttpResponseMessage> answer, int status, string code)
        {
            var problem = await RoundScene.ReadAsync(await answer, (HttpStatusCode)status);
            Assert.Equal($"/problems/{code}", problem.GetProperty("type").GetString());
        }
    }

    [Fact]
    public async Task Post_SameStartTwiceAtOnce_StartsOne()
    {
        var scene = await RoundScene.NewAsync(server);

        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => scene.Facilitator.PostAsJsonAsync(scene.Api, new { title = "Twice" }, RoundScene.Cancel)));

        Assert.Single(answers, a => a.StatusCode == HttpStatusCode.Created);
        Assert.Equal(4, answers.Count(a => a.StatusCode == HttpStatusCode.UnprocessableEntity));
    }

    [Fact]
    public async Task Get_Csv_HasALineForEachElementAndNoFormula()
    {
        var scene = await RoundScene.NewAsync(server, assessors: 1, rounds: 1);
        await scene.TryRateAsync(1, "P1", new { level = 2, confidence = "low", reason = "=1+1, \"quoted\"", evidence = new[] { $"{scene.Slug}-inside", $"{scene.Slug}-open" } });
        await scene.CloseAsync(1);
        await scene.Facilitator.PutAsJsonAsync($"{scene.This}/consensus/P1", new { level = 2, confidence = "low", reason = "=HYPERLINK(\"x\")" }, RoundScene.Cancel);
        var address = $"en/{scene.Slug}/rounds/{scene.Assessment}/results.csv";

        var anonymous = await scene.Anonymous.GetAsync(address, RoundScene.Cancel);
        var text = await anonymous.Content.ReadAsStringAsync(RoundScene.Cancel);
        var inside = await (await Pages.FacilitatorAsync(server)).GetStringAsync(address, RoundScene.Cancel);

        Assert.Equal("text/csv", anonymous.Content.Headers.ContentType!.MediaType);
        Assert.Equal(22, text.TrimEnd().Split("\r\n").Length);
        Assert.Contains("\"2: =1+1, \"\"quoted\"\"\"", text, StringComparison.Ordinal);
        Assert.Contains("\"'=HYPERLINK(\"\"x\"\")\"", text, StringComparison.Ordinal);
        Assert.Contains($"{scene.Slug}-open", text, StringComparison.Ordinal);
        Assert.DoesNotContain($"{scene.Slug}-inside", text, StringComparison.Ordinal);
        Assert.Contains($"{scene.Slug}-inside {scene.Slug}-open", inside, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Diagnose_Consensus_ReplacesTheRatings()
    {
        var scene = await RoundScene.NewAsync(server, assessors: 2, rounds: 1);
        await scene.RateAllAsync(("P1", [0, 4]), ("P2", [1, 1]));
        await scene.CloseAsync(1);
        await scene.Facilitator.PutAsJsonAsync($"{scene.This}/consensus/P1", new { level = 4, confidence = "high", reason = "Shown." }, RoundScene.Cancel);

        var diagnosis = await DiagnoseAsync(await scene.PlaceAsync(), null);

        Assert.Equal([Basis.Consensus, Basis.Ratings, Basis.Nothing], diagnosis.Elements.Take(3).Select(e => e.Basis));
        Assert.Equal(4, diagnosis.Elements[0].Score.Median);
    }

    [Fact]
    public async Task Diagnose_Demonstration_CountsOnlyWhereAskedFor()
    {
        await using var scope = server.Services.CreateAsyncScope();
        var siemReap = (await scope.ServiceProvider.GetRequiredService<PlaceDirectory>().FindAsync("siem-reap", RoundScene.Cancel))!;
        var demonstration = Assert.Single(await scope.ServiceProvider.GetRequiredService<RoundBook>().ListAsync(siemReap.Id, RoundScene.Cancel)).Assessment;
        Assert.True(demonstration.IsDemonstration);

        Assert.True((await DiagnoseAsync(siemReap, null)).IsPreliminary);
        var asked = await DiagnoseAsync(siemReap, demonstration.Id);

        Assert.All(asked.Elements, e => Assert.True(e.Basis is Basis.Ratings or Basis.Consensus));
        var page = await Pages.ReadAsync(server.Anonymous(), $"en/siem-reap/rounds/{demonstration.Id}");
        Assert.Contains("nobody's judgement", page.QuerySelector("main .demo")!.TextContent, StringComparison.Ordinal);
        Assert.Contains("Demonstration", page.QuerySelector("h1")!.TextContent, StringComparison.Ordinal);
    }

    private async Task<Diagnosis> DiagnoseAsync(Place place, Guid? assessment)
    {
        await using var scope = server.Services.CreateAsyncScope();
        return (await scope.ServiceProvider.GetRequiredService<PlaceDiagnosis>().OfAsync(place, RoundScene.Cancel, assessment)).Diagnosis;
    }
}
