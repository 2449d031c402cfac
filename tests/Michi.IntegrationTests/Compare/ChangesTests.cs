using System.Net;
using System.Text.Json;
using Michi.Assessment;
using Michi.IntegrationTests.Rounds;

namespace Michi.IntegrationTests.Compare;

public sealed class ChangesTests(MichiServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>A sure rater moves P1 from level 0 to level 4; P(higher) is summed here from the two distributions.</summary>
    [Fact]
    public async Task Get_TwoRounds_TellsWhatReallyChanged()
    {
        var scene = await TwoRoundsAsync();
        var changes = await ChangesAsync(scene, $"from=round:{scene.Assessment}:1&to=round:{scene.Assessment}:2");

        var p1 = Element(changes, "P1");
        var (before, after) = (Numbers(p1.GetProperty("before")), Numbers(p1.GetProperty("after")));
        var higher = Enumerable.Range(0, 5).Sum(b => Enumerable.Range(b + 1, 4 - b).Sum(a => before[b] * after[a]));
        Assert.Equal(higher, p1.GetProperty("higher").GetDouble(), 1e-12);
        Assert.True(higher >= 0.95, $"P(higher) = {higher}");
        Assert.Equal("Rose", p1.GetProperty("verdict").GetString());
        Assert.Equal("NothingNew", Element(changes, "P2").GetProperty("verdict").GetString());
        Assert.Equal("NobodyLooked", Element(changes, "M1").GetProperty("verdict").GetString());
        // Surest first; what nobody looked at last.
        Assert.Equal("P1", changes.GetProperty("elements")[0].GetProperty("element").GetString());
        Assert.Equal("NobodyLooked", changes.GetProperty("elements")[20].GetProperty("verdict").GetString());
        Assert.Equal(1 - higher, changes.GetProperty("expectedErrors").GetDouble(), 1e-9);
        Assert.Equal(1, changes.GetProperty("stage").EnumerateObject().Sum(s => s.Value.GetDouble()), 1e-9);
        Assert.True(changes.GetProperty("whole").GetProperty("expectedChange").GetDouble() > 0);
        Assert.Equal(5, changes.GetProperty("domains").EnumerateObject().Count());

        // The same the other way round.
        var back = await ChangesAsync(scene, $"from=round:{scene.Assessment}:2&to=round:{scene.Assessment}:1");
        Assert.Equal("Fell", Element(back, "P1").GetProperty("verdict").GetString());
        Assert.Equal(-p1.GetProperty("expectedChange").GetDouble(), Element(back, "P1").GetProperty("expectedChange").GetDouble(), 1e-12);
    }

    [Theory]
    [InlineData("en", "Really higher", "judgement")]
    [InlineData("ja", "確かに上がった", "評価者の判断")]
    public async Task Get_Page_SaysItInWords(string language, string verdict, string note)
    {
        var scene = await TwoRoundsAsync();
        var page = await Pages.ReadAsync(scene.Anonymous, $"{language}/{scene.Slug}/changes?from=round:{scene.Assessment}:1&to=round:{scene.Assessment}:2");

        Assert.Contains(note, page.QuerySelector(".notice")!.TextContent, StringComparison.Ordinal);
        Assert.Contains("P1", page.QuerySelector("main section ul > li")!.TextContent, StringComparison.Ordinal);
        var rows = page.QuerySelectorAll("main section:nth-of-type(5) .table-wrap tbody tr");
        Assert.Equal(21, rows.Length);
        Assert.Contains(verdict, rows[0].TextContent, StringComparison.Ordinal);
        Assert.Equal(21 + 6, page.QuerySelectorAll(".chart.changes svg[role=img] > title").Length);
        Assert.Equal($"round:{scene.Assessment}:2", page.QuerySelector("#to option[selected]")!.GetAttribute("value"));
    }

    /// <summary>What is answered in an open round neither appears nor moves anything.</summary>
    [Fact]
    public async Task Get_OpenRound_IsNotThere()
    {
        var scene = await RoundScene.NewAsync(server, assessors: 1, rounds: 1);
        await scene.RateAsync(1, "P1", 1);
        await scene.CloseAsync(1);
        await scene.OpenAsync(2);
        string[] addresses = [$"api/places/{scene.Slug}/changes?from=evidence&to=now", $"api/places/{scene.Slug}/changes?from=evidence&to=assessment:{scene.Assessment}"];
        var before = new List<string>();
        foreach (var address in addresses) before.Add(await FiguresAsync(address));

        await scene.RateAsync(1, "P1", 4, "telltale-of-changes");
        await scene.RateAsync(1, "O1", 4);

        foreach (var (i, address) in addresses.Index()) Assert.Equal(before[i], await FiguresAsync(address));
        var page = await (await Pages.FacilitatorAsync(server)).GetStringAsync($"en/{scene.Slug}/changes", Cancel);
        Assert.DoesNotContain("telltale-of-changes", page, StringComparison.Ordinal);
        Assert.DoesNotContain($"round:{scene.Assessment}:2", page, StringComparison.Ordinal);
        await RefusedAsync(scene, $"from=evidence&to=round:{scene.Assessment}:2", HttpStatusCode.UnprocessableEntity, "diagnosis-open");

        async Task<string> FiguresAsync(string address) =>
            (await RoundScene.ReadAsync(await scene.Anonymous.GetAsync(address, Cancel), HttpStatusCode.OK)).GetProperty("elements").GetRawText();
    }

    [Fact]
    public async Task Get_WhatCannotBeHad_IsRefusedInWords()
    {
        var scene = await RoundScene.NewAsync(server, assessors: 1, rounds: 1);
        await RefusedAsync(scene, "from=evidence&to=evidence", HttpStatusCode.UnprocessableEntity, "same-diagnosis");
        await RefusedAsync(scene, $"from=evidence&to=assessment:{scene.Assessment}", HttpStatusCode.UnprocessableEntity, "diagnosis-open");
        foreach (var unknown in new[] { "yesterday", "round:", $"round:{Guid.Empty}:1", "assessment:x", $"profile:{Guid.Empty}", $"round:{scene.Assessment}:9", ":::", "now:" })
            await RefusedAsync(scene, $"from=evidence&to={unknown}", HttpStatusCode.NotFound, "diagnosis-unknown");
        // Nor is another place's assessment to be had here.
        var other = await TwoRoundsAsync();
        await RefusedAsync(scene, $"from=now&to=assessment:{other.Assessment}", HttpStatusCode.NotFound, "diagnosis-unknown");

        var empty = await RoundScene.NewAsync(server);
        await RefusedAsync(empty, "", HttpStatusCode.UnprocessableEntity, "nothing-to-compare");
        Assert.Contains("one diagnosis so far", await scene.Anonymous.GetStringAsync($"en/{empty.Slug}/changes", Cancel), StringComparison.Ordinal);
    }

    /// <summary>New evidence makes a new profile; the one before is kept and can be compared with, and says what was known then.</summary>
    [Fact]
    public async Task Get_StoredProfile_TellsNewEvidence()
    {
        var scene = await RoundScene.NewAsync(server);
        var owner = await RoundScene.ByTokenAsync(server, "owner");
        await scene.Anonymous.GetAsync($"en/{scene.Slug}", Cancel);
        var answer = await server.Services.ImportAsync(new(new()
        {
            Evidence = [.. new[] { ("late", false), ("secret", true) }.Select(e => new Michi.Assessment.Exchange.FileEvidence
            {
                Id = $"{scene.Slug}-{e.Item1}",
                Place = scene.Slug,
                Kind = "document",
                Quality = "high",
                Internal = e.Item2,
                Elements = new() { ["O1"] = "supports" },
                Statement = new() { ["en"] = $"Fact {e.Item1}" },
                Source = $"https://example.org/{e.Item1}",
                Date = "2026",
            })],
        }, []), new(), progress: null, Cancel);
        Assert.Empty(answer.Problems);
        await scene.Anonymous.GetAsync($"en/{scene.Slug}", Cancel);

        var changes = await ChangesAsync(scene, "");
        Assert.Equal("profile", changes.GetProperty("from").GetProperty("diagnosis").GetProperty("kind").GetString());
        Assert.Equal("NobodyLooked", Element(changes, "O1").GetProperty("verdict").GetString());
        Assert.Equal($"[\"{scene.Slug}-late\"]", changes.GetProperty("newEvidence").GetRawText());
        Assert.Equal($"[\"{scene.Slug}-late\"]", Element(changes, "O1").GetProperty("newEvidence").GetRawText());
        var seen = await RoundScene.ReadAsync(await owner.GetAsync($"api/places/{scene.Slug}/changes", Cancel), HttpStatusCode.OK);
        Assert.Equal(2, seen.GetProperty("newEvidence").GetArrayLength());

        var page = await scene.Anonymous.GetStringAsync($"ja/{scene.Slug}/changes", Cancel);
        Assert.Contains("Fact late", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Fact secret", page, StringComparison.Ordinal);
        Assert.Contains("内部の事実1件", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_ProfileAndResults_LinkToIt()
    {
        var scene = await TwoRoundsAsync();
        Assert.Contains($"/en/{scene.Slug}/changes\"", await scene.Anonymous.GetStringAsync($"en/{scene.Slug}/profile", Cancel), StringComparison.Ordinal);
        var results = await Pages.ReadAsync(scene.Anonymous, $"en/{scene.Slug}/rounds/{scene.Assessment}");
        var link = results.QuerySelectorAll("a").Select(a => a.GetAttribute("href")!).First(h => h.Contains("/changes?", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.OK, (await scene.Anonymous.GetAsync(link, Cancel)).StatusCode);
    }

    private async Task<RoundScene> TwoRoundsAsync()
    {
        var scene = await RoundScene.NewAsync(server, assessors: 1, rounds: 1);
        await SayAsync("P1", 0);
        await SayAsync("P2", 2);
        await scene.CloseAsync(1);
        await scene.OpenAsync(2);
        await SayAsync("P1", 4);
        await scene.CloseAsync(2);
        return scene;

        async Task SayAsync(string element, int level) => await scene.TryRateAsync(1, element, new { level, confidence = "high" });
    }

    private static async Task<JsonElement> ChangesAsync(RoundScene scene, string query) =>
        await RoundScene.ReadAsync(await scene.Anonymous.GetAsync($"api/places/{scene.Slug}/changes?{query}", Cancel), HttpStatusCode.OK);

    private static async Task RefusedAsync(RoundScene scene, string query, HttpStatusCode status, string type)
    {
        var problem = await RoundScene.ReadAsync(await scene.Anonymous.GetAsync($"api/places/{scene.Slug}/changes?{query}", Cancel), status);
        Assert.Equal($"/problems/{type}", problem.GetProperty("type").GetString());
        if (type == "nothing-to-compare") return;
        var page = await scene.Anonymous.GetAsync($"ja/{scene.Slug}/changes?{query}", Cancel);
        Assert.Equal(status, page.StatusCode);
        Assert.NotNull((await Pages.ReadAsync(page)).QuerySelector(".error-summary a"));
    }

    private static JsonElement Element(JsonElement changes, string id) => changes.GetProperty("elements").EnumerateArray().First(e => e.GetProperty("element").GetString() == id);

    private static double[] Numbers(JsonElement array) => [.. array.EnumerateArray().Select(n => n.GetDouble())];
}
