using System.Net;
using System.Net.Http.Json;
using System.Text;
using Microsoft.EntityFrameworkCore;

namespace Michi.IntegrationTests.Rounds;

public sealed class RatingTests(MichiServer server)
{
    [Fact]
    public async Task Post_Answer_IsSavedAndLeadsToTheNextUnanswered()
    {
        var scene = await RoundScene.NewAsync(server, assessors: 1, rounds: 1);
        await scene.RateAsync(1, "P2", 1);
        var client = scene.Anonymous;
        var page = $"en/rate/{scene.Secrets[0]}/P1";

        var answer = await MichiServer.PostAsync(client, page, new() { ["level"] = "2", ["confidence"] = "high", ["reason"] = " A reason.\r\nMore. ", ["evidence"] = $"{scene.Slug}-inside", ["round"] = "1" });

        Assert.EndsWith($"/en/rate/{scene.Secrets[0]}/P3", answer.Headers.Location!.ToString(), StringComparison.Ordinal);
        var resumed = await Pages.ReadAsync(scene.Anonymous, page);
        Assert.Equal("2", resumed.QuerySelector("input[name=level]:checked")!.GetAttribute("value"));
        Assert.Equal("high", resumed.QuerySelector("input[name=confidence]:checked")!.GetAttribute("value"));
        Assert.Equal("A reason.\nMore.", resumed.QuerySelector("textarea")!.TextContent);
        Assert.Equal($"{scene.Slug}-inside", Assert.Single(resumed.QuerySelectorAll("input[name=evidence]:checked")).GetAttribute("value"));
        var overview = await Pages.ReadAsync(scene.Anonymous, $"en/rate/{scene.Secrets[0]}");
        Assert.Equal("2", overview.QuerySelector("progress")!.GetAttribute("value"));
        Assert.EndsWith("/P3", overview.QuerySelector("main a.button")!.GetAttribute("href"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_LastAnswer_LeadsBackToTheOverview()
    {
        var scene = await RoundScene.NewAsync(server, assessors: 1, rounds: 1);
        var client = scene.Anonymous;
        var next = $"en/rate/{scene.Secrets[0]}/T4";
        for (var i = 0; i < 21; i++)
        {
            var answer = await MichiServer.PostAsync(client, next, new() { ["level"] = "unknown", ["round"] = "1" });
            Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
            next = answer.Headers.Location!.ToString();
        }

        Assert.EndsWith($"/rate/{scene.Secrets[0]}", next, StringComparison.Ordinal);
        Assert.Contains("You have answered everything", await client.GetStringAsync(next, RoundScene.Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Put_CannotTell_IsAnAnswerThatGivesNoLevel()
    {
        var scene = await RoundScene.NewAsync(server, assessors: 2, rounds: 1);
        await scene.RateAllAsync(("P1", [null, 3]));
        Assert.Equal([1, 1], (await RoundScene.ReadAsync(await scene.Facilitator.GetAsync($"{scene.This}/assessors", RoundScene.Cancel), HttpStatusCode.OK)).EnumerateArray().Select(a => a.GetProperty("answered").GetInt32()));
        await scene.CloseAsync(1);

        var result = await scene.ResultAsync(1, "P1");
        Assert.Equal([0, 0, 0, 1, 0], result.GetProperty("levels").EnumerateArray().Select(l => l.GetInt32()));
        Assert.Equal(1, result.GetProperty("cannotTell").GetInt32());
        Assert.Equal(3, result.GetProperty("median").GetDouble());
    }

    [Fact]
    public async Task Post_RoundClosedMeanwhile_SaysSoAndShowsWhatWasTyped()
    {
        var scene = await RoundScene.NewAsync(server, assessors: 1, rounds: 1);
        var client = scene.Anonymous;
        var page = $"en/rate/{scene.Secrets[0]}/P1";
        await scene.RateAsync(1, "P2", 1);
        var token = (await Pages.ReadAsync(client, page)).QuerySelector("input[name=__RequestVerificationToken]")!.GetAttribute("value")!;
        await scene.CloseAsync(1);

        var closed = await client.PostAsync(page, Form(), RoundScene.Cancel);
        await scene.OpenAsync(2);
        var changed = await client.PostAsync(page, Form(), RoundScene.Cancel);

        Assert.Equal(HttpStatusCode.Conflict, closed.StatusCode);
        var text = await closed.Content.ReadAsStringAsync(RoundScene.Cancel);
        Assert.Contains("The round is closed", text, StringComparison.Ordinal);
        Assert.Contains("typed before closing", text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Conflict, changed.StatusCode);
        var again = await Pages.ReadAsync(changed);
        Assert.Equal("typed before closing", again.QuerySelector("textarea")!.TextContent);
        Assert.Equal("4", again.QuerySelector("input[name=level]:checked")!.GetAttribute("value"));
        Assert.Equal("2", again.QuerySelector("input[name=round]")!.GetAttribute("value"));
        Assert.Equal(HttpStatusCode.Conflict, (await scene.TryRateAsync(1, "P1", new { level = 4, confidence = "low", round = 1 })).StatusCode);

        FormUrlEncodedContent Form() => new(new Dictionary<string, string>
        {
            ["__RequestVerificationToken"] = token,
            ["level"] = "4",
            ["confidence"] = "low",
            ["reason"] = "typed before closing",
            ["round"] = "1",
        });
    }

    [Theory]
    [InlineData("", "medium", "", "level")]
    [InlineData("5", "medium", "", "level")]
    [InlineData("-1", "medium", "", "level")]
    [InlineData("two", "medium", "", "level")]
    [InlineData("2", "", "", "confidence")]
    [InlineData("2", "certain", "", "confidence")]
    [InlineData("2", "medium", "bell\a", "reason")]
    [InlineData("2", "medium", null, "reason")]
    public async Task Post_FaultyAnswer_IsRefusedWithAnErrorLinkedToTheField(string level, string confidence, string? reason, string field)
    {
        var scene = await RoundScene.NewAsync(server, assessors: 1, rounds: 1);
        var form = new Dictionary<string, string> { ["reason"] = reason ?? new string('x', 4001), ["round"] = "1" };
        if (level.Length > 0) form["level"] = level;
        if (confidence.Length > 0) form["confidence"] = confidence;

        var answer = await MichiServer.PostAsync(scene.Anonymous, $"ja/rate/{scene.Secrets[0]}/P1", form);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        var page = await Pages.ReadAsync(answer);
        Assert.Equal($"#{field}", page.QuerySelector(".error-summary a")!.GetAttribute("href"));
        Assert.NotNull(page.GetElementById(field));
    }

    [Theory]
    [InlineData("""{"level":7,"confidence":"medium"}""", 422)]
    [InlineData("""{"level":2}""", 422)]
    [InlineData("""{"level":2,"confidence":"medium","evidence":["no-such"]}""", 422)]
    [InlineData("""{"level":2,"confidence":"medium","reason":"\u0000"}""", 400)]
    [InlineData("""{"confidence":"medium"}""", 400)]
    [InlineData("""{"level":1e99,"confidence":"medium"}""", 400)]
    [InlineData("""{"level":""", 400)]
    [InlineData("null", 400)]
    public async Task Put_FaultyAnswer_IsAProblemAndSavesNothing(string json, int status)
    {
        var scene = await RoundScene.NewAsync(server, assessors: 1, rounds: 1);

        var answer = await scene.Anonymous.PutAsync($"api/rate/{scene.Secrets[0]}/ratings/P1", new StringContent(json, Encoding.UTF8, "application/json"), RoundScene.Cancel);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Empty((await RoundScene.ReadAsync(await scene.Anonymous.GetAsync($"api/rate/{scene.Secrets[0]}", RoundScene.Cancel), HttpStatusCode.OK)).GetProperty("ratings").EnumerateArray());
    }

    [Fact]
    public async Task Put_SameElementFromManyTabs_KeepsOneAnswer()
    {
        var scene = await RoundScene.NewAsync(server, assessors: 1, rounds: 1);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => scene.TryRateAsync(1, "P1", new { level = i % 5, confidence = "low" })));

        Assert.All(answers, a => Assert.Equal(HttpStatusCode.NoContent, a.StatusCode));
        Assert.Equal(1, await scene.WithDbAsync(db => db.Ratings.CountAsync(r => r.AssessorId == scene.Assessors[0], RoundScene.Cancel)));
    }

    [Fact]
    public async Task Close_WhilePeopleRate_CountsExactlyTheAcknowledgedAnswers()
    {
        var scene = await RoundScene.NewAsync(server, assessors: 4, rounds: 1);
        await scene.RateAsync(1, "M3", 1);
        string[] elements = ["P1", "P2", "P3", "P4", "P5", "P6", "O1", "O2", "O3", "S1"];

        var rating = Enumerable.Range(1, 4).Select(a => Task.Run(async () =>
        {
            var kept = 0;
            foreach (var element in elements)
            {
                var answer = await scene.TryRateAsync(a, element, new { level = 2, confidence = "low" });
                if (answer.StatusCode == HttpStatusCode.NoContent) kept++;
                else Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
            }
            return kept;
        })).ToList();
        await Task.Delay(60, RoundScene.Cancel);
        await scene.CloseAsync(1);

        var acknowledged = 1 + (await Task.WhenAll(rating)).Sum();
        var counted = (await scene.ResultAsync(1)).GetProperty("elements").EnumerateArray().Sum(e => e.GetProperty("levels").EnumerateArray().Sum(l => l.GetInt32()));
        Assert.Equal(acknowledged, counted);
    }

    [Fact]
    public async Task Get_UnknownRenewedRemovedAndExpiredLink_AreTheSame404()
    {
        var scene = await RoundScene.NewAsync(server, assessors: 3, rounds: 1);
        await scene.RateAsync(2, "P1", 3);
        await scene.Facilitator.PostAsync($"{scene.This}/assessors/{scene.Assessors[0]}/link", null, RoundScene.Cancel);
        await scene.Facilitator.DeleteAsync($"{scene.This}/assessors/{scene.Assessors[1]}", RoundScene.Cancel);
        await scene.WithDbAsync(db => db.Assessors.Where(a => a.Id == scene.Assessors[2]).ExecuteUpdateAsync(s => s.SetProperty(a => a.InvitedAt, a => DateTimeOffset.UnixEpoch), RoundScene.Cancel));

        var bodies = new HashSet<string>();
        foreach (var secret in scene.Secrets.Append("unknown"))
        {
            foreach (var page in new[] { $"en/rate/{secret}", $"en/rate/{secret}/P1" })
            {
                var answer = await scene.Anonymous.GetAsync(page, RoundScene.Cancel);
                Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
                bodies.Add((await Pages.ReadAsync(answer)).QuerySelector("main")!.TextContent);
            }
            Assert.Equal(HttpStatusCode.NotFound, (await scene.Anonymous.GetAsync($"api/rate/{secret}", RoundScene.Cancel)).StatusCode);
            Assert.Equal(HttpStatusCode.NotFound, (await scene.Anonymous.PutAsJsonAsync($"api/rate/{secret}/ratings/P1", new { level = 1, confidence = "low" }, RoundScene.Cancel)).StatusCode);
        }
        Assert.Single(bodies);
        Assert.Equal(0, await scene.WithDbAsync(db => db.Ratings.CountAsync(r => r.AssessorId == scene.Assessors[1], RoundScene.Cancel)));
    }

    [Fact]
    public async Task Get_PrivatePlace_IsOpenToTheAssessorByLinkAlone()
    {
        var scene = await RoundScene.NewAsync(server, assessors: 1, rounds: 1, isPublic: false);

        var element = await scene.Anonymous.GetStringAsync($"en/rate/{scene.Secrets[0]}/P1", RoundScene.Cancel);
        Assert.Contains("Inside fact", element, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await scene.Anonymous.GetAsync($"en/{scene.Slug}/rounds", RoundScene.Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await scene.Anonymous.GetAsync(scene.This, RoundScene.Cancel)).StatusCode);
        await scene.RateAsync(1, "P1", 2, "a closed matter");
        await scene.CloseAsync(1);
        Assert.Contains("a closed matter", await scene.Anonymous.GetStringAsync($"en/rate/{scene.Secrets[0]}", RoundScene.Cancel), StringComparison.Ordinal);
    }
}
