using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using DocumentFormat.OpenXml.Packaging;
using DocumentFormat.OpenXml.Validation;
using Michi.Roadmap.Procurement;
using Microsoft.EntityFrameworkCore;

namespace Michi.IntegrationTests.Procurement;

public sealed class TenderTests(MichiServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Tender_FromDraftToAward_GivesTheFiguresWorkedByHand()
    {
        var scene = await TenderScene.NewAsync(server);
        await scene.WithBidsAsync();
        await scene.ScoredAsync();

        // Bo's 30 against Ann's 90 in service is the one place more than 30 points apart.
        var scored = await scene.ShowAsync();
        var contested = Assert.Single(scored.GetProperty("spreads").EnumerateArray(), s => s.GetProperty("isContested").GetBoolean());
        Assert.Equal((1, "service", 60), (contested.GetProperty("bid").GetInt32(), contested.GetProperty("criterion").GetString(), contested.GetProperty("points").GetInt32()));
        await scene.RefusedAsync(422, "close");
        await scene.SealedAsync();
        await scene.RefusedAsync(409, "close");

        var bids = await BidsAsync();
        Assert.Equal([82.67m, 80m, 63.33m], bids.Take(3).Select(b => b.GetProperty("technical").GetDecimal()));
        Assert.Equal([true, true, false], bids.Take(3).Select(b => b.GetProperty("reachesMinimum").GetBoolean()));
        Assert.True(bids[3].GetProperty("isLate").GetBoolean());
        Assert.Equal(JsonValueKind.Null, bids[3].GetProperty("technical").ValueKind);
        // (90 + 70 + 70) ÷ 3 after the second round; the first scores are kept.
        Assert.Equal(76.67m, Math.Round(bids[0].GetProperty("means").GetProperty("service").GetDecimal(), 2));
        Assert.Equal([30, 70], (await scene.ShowAsync()).GetProperty("scores").EnumerateArray().Where(s => s.GetProperty("criterion").GetString() == "service" && s.GetProperty("bid").GetInt32() == 1 && s.GetProperty("evaluator").GetGuid() == scene.Evaluators["Bo"])
            .OrderBy(s => s.GetProperty("round").GetInt32()).Select(s => s.GetProperty("points").GetInt32()));

        await scene.DoneAsync("prices");
        await scene.RefusedAsync(422, "bids/3/price", new { price = 1 });
        await scene.RefusedAsync(422, "bids/4/price", new { price = 1 });
        await scene.RefusedAsync(422, "bids/1/price", new { price = TenderScene.AlphaPrice });
        await scene.RefusedAsync(422, "bids/2/price", new { price = 1.005 });
        await scene.DoneAsync("bids/2/price", new { price = TenderScene.BetaPrice });
        // Another price than the one committed to is shown, and stops the award.
        await scene.DoneAsync("bids/1/price", new { price = 900_000, nonce = TenderScene.Nonce });
        Assert.False((await BidsAsync())[0].GetProperty("isAsCommitted").GetBoolean());
        Assert.Contains("Not the price committed to", await scene.Browser.GetStringAsync(scene.Page(), Cancel), StringComparison.Ordinal);
        await scene.RefusedAsync(422, "proposal", new { bid = 1, reason = "x", standstillDays = 0 });
        await scene.DoneAsync("bids/1/price", new { price = TenderScene.AlphaPrice, nonce = TenderScene.Nonce });

        bids = await BidsAsync();
        Assert.True(bids[0].GetProperty("isAsCommitted").GetBoolean());
        Assert.Equal([80m, 100m], bids.Take(2).Select(b => b.GetProperty("financial").GetDecimal()));
        Assert.Equal([81.869m, 86m], bids.Take(2).Select(b => b.GetProperty("combined").GetDecimal()));
        Assert.Equal([2, 1], bids.Take(2).Select(b => b.GetProperty("rank").GetInt32()));
        Assert.Equal(JsonValueKind.Null, bids[2].GetProperty("rank").ValueKind);
        var page = WebUtility.HtmlDecode(await scene.Browser.GetStringAsync(scene.Page(), Cancel));
        Assert.Contains("S = 82.67 × 70 % + 80 × 30 % = 81.869", page, StringComparison.Ordinal);
        Assert.Contains("Sf = 100 × 1,000,000 ÷ 1,250,000 = 80", page, StringComparison.Ordinal);
        Assert.Contains("Gamma &lt;b&gt;", await scene.Browser.GetStringAsync(scene.Page(), Cancel), StringComparison.Ordinal);
        Assert.Contains("S = 82.67 × 70% + 80 × 30% = 81.869", WebUtility.HtmlDecode(await scene.Browser.GetStringAsync(scene.Page("ja"), Cancel)), StringComparison.Ordinal);

        await scene.RefusedAsync(422, "proposal", new { bid = 1, reason = "I like it better.", standstillDays = 0 });
        await scene.DoneAsync("proposal", new { bid = 2, reason = "First of the ranking.", standstillDays = 10 });
        await scene.RefusedAsync(422, "award");
        await scene.DoneAsync("decline", new { reason = "No staff left." });
        // Plan B: the ranking stays, the second follows.
        await scene.RefusedAsync(422, "proposal", new { bid = 2, reason = "Again.", standstillDays = 0 });
        await scene.DoneAsync("proposal", new { bid = 1, reason = "Second of the ranking.", standstillDays = 0 });
        Assert.Equal(HttpStatusCode.NotFound, (await server.Anonymous().GetAsync($"en/{scene.Slug}/awards/{scene.Id}", Cancel)).StatusCode);
        await scene.DoneAsync("award");

        var award = await server.Anonymous().GetStringAsync($"en/{scene.Slug}/awards/{scene.Id}", Cancel);
        foreach (var shown in new[] { "Alpha", "1,250,000", "82.67", "81.869", "Second of the ranking.", (await scene.ShowAsync()).GetProperty("seal").GetString()! }) Assert.Contains(shown, award, StringComparison.Ordinal);
        foreach (var hidden in new[] { "Ann", "Chi", TenderScene.Reason, "cousin" }) Assert.DoesNotContain(hidden, award, StringComparison.Ordinal);
        var actions = await server.LookAsync(db => db.Audit.Where(a => a.PlaceId == scene.PlaceId && a.Action.StartsWith("procurement.")).Select(a => a.Action).Distinct().ToListAsync(Cancel));
        Assert.Superset(new HashSet<string>(["procurement.publish", "procurement.freeze", "procurement.bid", "procurement.invite", "procurement.evaluate", "procurement.declare", "procurement.score", "procurement.scored",
            "procurement.second-round", "procurement.close", "procurement.open-prices", "procurement.price", "procurement.propose", "procurement.decline", "procurement.award"]), actions.ToHashSet());

        async Task<List<JsonElement>> BidsAsync() => [.. (await scene.ShowAsync()).GetProperty("bids").EnumerateArray()];
    }

    [Fact]
    public async Task Qbs_PriceOfTheFirst_IsOpenedAlone()
    {
        var scene = await TenderScene.NewAsync(server, method: "qbs");
        await scene.WithBidsAsync();
        await scene.ScoredAsync();
        await scene.SealedAsync();
        await scene.DoneAsync("prices");
        await scene.RefusedAsync(422, "bids/2/price", new { price = 1 });
        await scene.RefusedAsync(422, "proposal", new { bid = 1, reason = "Without a price.", standstillDays = 0 });
        await scene.DoneAsync("bids/1/price", new { price = TenderScene.AlphaPrice, nonce = TenderScene.Nonce });
        await scene.DoneAsync("proposal", new { bid = 1, reason = "Best quality.", standstillDays = 0 });
        await scene.DoneAsync("decline", new { reason = "Negotiations failed." });
        await scene.DoneAsync("bids/2/price", new { price = TenderScene.BetaPrice });
        await scene.AwardedAsync();

        Assert.Equal("awarded", (await scene.ShowAsync()).GetProperty("state").GetString());
        Assert.Contains("Beta", await server.Anonymous().GetStringAsync($"ja/{scene.Slug}/awards/{scene.Id}", Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plan_AfterTheFirstBid_CannotBeChanged()
    {
        var scene = await TenderScene.NewAsync(server);
        var terms = $"en/{scene.Slug}/procurement/{scene.Id}";
        Dictionary<string, string> Section(int version) => new() { ["version"] = $"{version}", ["text.en"] = "Changed." };
        await scene.DoneAsync("publish", new { deadline = "2026-01-01T09:00" });
        Assert.Equal(HttpStatusCode.Redirect, (await MichiServer.PostAsync(scene.Browser, $"{terms}/sections/exit", Section(1))).StatusCode);
        Assert.Equal(JsonValueKind.Null, (await scene.ShowAsync()).GetProperty("planHash").ValueKind);
        await scene.DoneAsync("bids", new { name = "Alpha", country = "KH", receivedAt = "2025-12-31T09:00" });

        var refused = await MichiServer.PostAsync(scene.Browser, $"{terms}/sections/exit", Section(2));

        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        Assert.Contains("stand fixed", await refused.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        var plan = await MichiServer.PostAsync(scene.Browser, $"{terms}/plan", PlanFields());
        Assert.Equal(HttpStatusCode.Conflict, plan.StatusCode);
        var shown = await scene.ShowAsync();
        Assert.Equal(70, shown.GetProperty("plan").GetProperty("technicalWeight").GetDouble());
        Assert.Equal(64, shown.GetProperty("planHash").GetString()!.Length);

        static Dictionary<string, string> PlanFields() => new()
        {
            ["version"] = "2",
            ["method"] = "qcbs",
            ["technical"] = "10",
            ["minimum"] = "0",
            ["evaluators"] = "2",
            ["threshold"] = "100",
            ["weight.requirements"] = "30",
            ["weight.requirements.functions"] = "60",
            ["weight.requirements.users"] = "40",
            ["weight.openness"] = "20",
            ["weight.openness.interfaces"] = "50",
            ["weight.openness.exit"] = "50",
            ["weight.safety"] = "20",
            ["weight.safety.security"] = "60",
            ["weight.safety.privacy"] = "40",
            ["weight.delivery"] = "20",
            ["weight.delivery.plan"] = "50",
            ["weight.delivery.references"] = "50",
            ["weight.service"] = "10",
        };
    }

    [Fact]
    public async Task Scores_BeforeTheClose_AreSeenByTheirAuthorAlone()
    {
        var scene = await TenderScene.NewAsync(server);
        await scene.WithBidsAsync();
        await scene.ScoredAsync();
        await scene.DoneAsync("second-round");
        Assert.Equal(HttpStatusCode.NoContent, (await scene.ScoreAsync("Ann", 1, "service", 90, $"second {TenderScene.Reason}", 2)).StatusCode);
        var owner = await server.SignedInAsync("owner");

        // Every page and every answer of the API a planner, an owner or another evaluator can open.
        foreach (var address in new[]
        {
            scene.Page(), scene.Page("ja"), $"en/{scene.Slug}/procurement", $"en/{scene.Slug}/procurement/{scene.Id}", $"en/{scene.Slug}/procurement/{scene.Id}/plan", $"{scene.Page()}?handler=Ocds", $"en/{scene.Slug}/log",
        })
        {
            foreach (var browser in new[] { scene.Browser, owner })
            {
                var answer = await browser.GetAsync(address, Cancel);
                if (answer.StatusCode == HttpStatusCode.Forbidden) continue;
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
                Assert.DoesNotContain(TenderScene.Reason, await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
            }
        }
        foreach (var handler in new[] { "Table&table=scores&format=csv", "Table&table=means&format=csv", "Table&table=ranking&format=xlsx", "Sealed", "Report" })
            Assert.Equal(HttpStatusCode.NotFound, (await scene.Browser.GetAsync($"{scene.Page()}?handler={handler}", Cancel)).StatusCode);
        foreach (var address in new[] { scene.Api, $"api/places/{scene.Slug}/procurement", $"{scene.Api}/ocds" })
            Assert.DoesNotContain(TenderScene.Reason, await scene.Planner.GetStringAsync(address, Cancel), StringComparison.Ordinal);
        var shown = await scene.ShowAsync();
        Assert.Equal(JsonValueKind.Null, shown.GetProperty("scores").ValueKind);
        Assert.All(shown.GetProperty("bids").EnumerateArray(), b => Assert.Equal((JsonValueKind.Null, JsonValueKind.Null), (b.GetProperty("technical").ValueKind, b.GetProperty("means").ValueKind)));
        Assert.Equal(HttpStatusCode.NotFound, (await server.Anonymous().GetAsync($"api/places/{scene.Slug}/awards/{scene.Id}", Cancel)).StatusCode);

        var visitor = server.Anonymous();
        foreach (var (who, others) in new[] { ("Ann", "Bo"), ("Bo", "Ann"), ("Chi", "Ann") })
        {
            foreach (var address in new[] { $"api/evaluate/{scene.Secrets[who]}", $"en/evaluate/{scene.Secrets[who]}", $"en/evaluate/{scene.Secrets[who]}/1", $"ja/evaluate/{scene.Secrets[who]}/1" })
                Assert.DoesNotContain($"of {others}", await visitor.GetStringAsync(address, Cancel), StringComparison.Ordinal);
            Assert.Contains($"{TenderScene.Reason} of {who}", await visitor.GetStringAsync($"en/evaluate/{scene.Secrets[who]}/1", Cancel), StringComparison.Ordinal);
        }

        // Whoever renews the link does not see what was scored by the old one.
        var renewed = await (await scene.StepAsync($"evaluators/{scene.Evaluators["Ann"]}/link")).Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.Equal(HttpStatusCode.NotFound, (await visitor.GetAsync($"en/evaluate/{scene.Secrets["Ann"]}", Cancel)).StatusCode);
        foreach (var address in new[] { $"api/evaluate/{renewed.GetProperty("secret").GetString()}", $"en/evaluate/{renewed.GetProperty("secret").GetString()}/1" })
            Assert.DoesNotContain(TenderScene.Reason, await visitor.GetStringAsync(address, Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Score_WhatIsNotAsked_IsRefused()
    {
        var scene = await TenderScene.NewAsync(server);
        await scene.WithBidsAsync();
        Assert.Equal(HttpStatusCode.Conflict, (await scene.ScoreAsync("Ann", 1, "service", 90)).StatusCode);
        Assert.DoesNotContain("Alpha", await server.Anonymous().GetStringAsync($"en/evaluate/{scene.Secrets["Ann"]}", Cancel), StringComparison.Ordinal);
        await scene.DoneAsync("evaluation");
        Assert.Equal((HttpStatusCode)422, (await scene.ScoreAsync("Ann", 1, "service", 90)).StatusCode);
        Assert.Equal((HttpStatusCode)422, (await scene.DeclareAsync("Ann", (9, ""))).StatusCode);
        await scene.DeclareAsync("Ann", (1, "I own shares."), (2, ""), (3, ""));

        foreach (var (bid, criterion, points, reason) in new[] { (1, "service", 90, "r"), (2, "service", 89, "r"), (2, "service", 90, ""), (2, "price", 90, "r"), (4, "service", 90, "r"), (2, "requirements", 90, "r") })
        {
            var answer = await server.Anonymous().PutAsJsonAsync($"api/evaluate/{scene.Secrets["Ann"]}/bids/{bid}/scores/{criterion}", new { points, reason }, Cancel);
            Assert.Equal((HttpStatusCode)422, answer.StatusCode);
        }
        Assert.Equal((HttpStatusCode)422, (await scene.ScoreAsync("Ann", 2, "service", 90, round: 2)).StatusCode);
        Assert.Equal((HttpStatusCode)422, (await scene.FinishAsync("Ann")).StatusCode);
        Assert.Empty((await scene.OwnAsync("Ann")).GetProperty("scores").EnumerateArray());
        await scene.ScoresAsync("Ann", 2, 70);
        await scene.ScoresAsync("Ann", 3, 70);
        Assert.Equal(HttpStatusCode.NoContent, (await scene.FinishAsync("Ann")).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await scene.ScoreAsync("Ann", 2, "service", 100)).StatusCode);
        await scene.RefusedAsync(422, "close");
        await scene.RefusedAsync(422, "second-round");
        await scene.RefusedAsync(409, "bids", new { name = "Late friend", country = "KH", receivedAt = "2026-01-01T00:00" });
        await scene.RefusedAsync(409, "bids/1/price", new { price = 1 });
        await scene.RefusedAsync(409, "prices");
        await scene.RefusedAsync(409, "proposal", new { bid = 1, reason = "x", standstillDays = 0 });
        await scene.RefusedAsync(409, "award");
    }

    public static TheoryData<string> Tampering => ["points", "reason", "declaration", "bidder", "plan", "seal", "state", "gone", "added"];

    [Theory, MemberData(nameof(Tampering))]
    public async Task Seal_RowChangedInTheDatabase_IsNoticedAndStopsTheAward(string what)
    {
        var scene = await TenderScene.NewAsync(server);
        await scene.WithBidsAsync();
        await scene.ScoredAsync();
        await scene.SealedAsync();
        await scene.PricedAsync();
        await scene.DoneAsync("proposal", new { bid = 2, reason = "First.", standstillDays = 0 });
        Assert.True((await scene.ShowAsync()).GetProperty("isIntact").GetBoolean());

        await scene.TamperAsync(async db =>
        {
            var (scores, tenders) = (db.BidScores.Where(s => s.ProcurementId == scene.Id), db.Tenders.Where(t => t.ProcurementId == scene.Id));
            var some = await scores.OrderBy(s => s.Id).FirstAsync(Cancel);
            switch (what)
            {
                case "points": await scores.Where(s => s.Id == some.Id).ExecuteUpdateAsync(s => s.SetProperty(x => x.Points, 100), Cancel); break;
                case "reason": await scores.Where(s => s.Id == some.Id).ExecuteUpdateAsync(s => s.SetProperty(x => x.Reason, "other"), Cancel); break;
                case "gone": await scores.Where(s => s.Id == some.Id).ExecuteDeleteAsync(Cancel); break;
                case "declaration": await db.Evaluators.Where(e => e.ProcurementId == scene.Id && e.Name == "Chi").ExecuteUpdateAsync(s => s.SetProperty(x => x.Done, 1), Cancel); break;
                case "bidder": await db.Bidders.Where(b => b.ProcurementId == scene.Id && b.Number == 1).ExecuteUpdateAsync(s => s.SetProperty(x => x.Number, 9), Cancel); break;
                case "plan": await tenders.ExecuteUpdateAsync(s => s.SetProperty(x => x.Plan, x => x.Plan!.Replace("\"minimum\":70", "\"minimum\":60")), Cancel); break;
                case "state": await tenders.ExecuteUpdateAsync(s => s.SetProperty(x => x.State, "technical").SetProperty(x => x.Seal, (string?)null).SetProperty(x => x.SealedAt, (DateTimeOffset?)null), Cancel); break;
                case "added":
                    db.BidScores.Add(new() { Id = Guid.NewGuid(), ProcurementId = scene.Id, EvaluatorId = scene.Evaluators["Ann"], BidderId = some.BidderId, Criterion = "more", Round = 1, Points = 100, Reason = "r", At = DateTimeOffset.UnixEpoch });
                    await db.SaveChangesAsync(Cancel);
                    break;
                // Even with a seal that fits: the audit log has the first one.
                case "seal":
                    await scores.Where(s => s.Id == some.Id).ExecuteUpdateAsync(s => s.SetProperty(x => x.Points, 100), Cancel);
                    var tender = await tenders.FirstAsync(Cancel);
                    tender.Seal = CanonicalJson.HashOf(CanonicalJson.Of(SealedScores.Of(tender, await db.Bidders.Where(b => b.ProcurementId == scene.Id).ToListAsync(Cancel),
                        await db.Evaluators.Where(e => e.ProcurementId == scene.Id).ToListAsync(Cancel), await scores.ToListAsync(Cancel))));
                    await db.SaveChangesAsync(Cancel);
                    break;
            }
        });

        var shown = await scene.ShowAsync();
        Assert.False(shown.GetProperty("isIntact").GetBoolean());
        Assert.Contains("The proof does not hold.", await scene.Browser.GetStringAsync(scene.Page(), Cancel), StringComparison.Ordinal);
        await scene.RefusedAsync(409, what == "state" ? "close" : "award");
        await scene.TamperAsync(db => db.Tenders.Where(t => t.ProcurementId == scene.Id).ExecuteUpdateAsync(s => s.SetProperty(x => x.State, "awarded"), Cancel));
        Assert.Equal(HttpStatusCode.NotFound, (await server.Anonymous().GetAsync($"en/{scene.Slug}/awards/{scene.Id}", Cancel)).StatusCode);
    }

    [Fact]
    public async Task Step_TwoPeopleAtOnce_IsTakenOnce()
    {
        var scene = await TenderScene.NewAsync(server);
        await AtOnceAsync("publish", new { deadline = "2026-01-01T09:00", basedOn = 0 }, 1);
        await AtOnceAsync("bids", new { name = "Alpha", country = "KH", receivedAt = "2025-12-31T09:00", basedOn = 1 }, 1);
        Assert.Single((await scene.ShowAsync()).GetProperty("bids").EnumerateArray());
        await AtOnceAsync("evaluators", new { name = "Ann", basedOn = 2 }, 1);
        Assert.Single((await scene.ShowAsync()).GetProperty("evaluators").EnumerateArray());
        var stale = await scene.Planner.PostAsJsonAsync($"{scene.Api}/bids", new { name = "Beta", country = "KH", receivedAt = "2025-12-31T09:00", basedOn = 1 }, Cancel);
        Assert.Equal(HttpStatusCode.Conflict, stale.StatusCode);

        var whole = await TenderScene.NewAsync(server);
        await whole.WithBidsAsync();
        await whole.ScoredAsync();
        await whole.SealedAsync();
        await whole.PricedAsync();
        scene = whole;
        var version = (await scene.ShowAsync()).GetProperty("version").GetInt32();
        await AtOnceAsync("proposal", new { bid = 2, reason = "First.", standstillDays = 0, basedOn = version }, 1);
        await AtOnceAsync("award", new { basedOn = version + 1 }, 1);
        Assert.Single((await scene.ShowAsync()).GetProperty("decisions").EnumerateArray());
        Assert.True((await scene.ShowAsync()).GetProperty("isIntact").GetBoolean());

        async Task AtOnceAsync(string path, object body, int expected)
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => scene.Planner.PostAsJsonAsync($"{scene.Api}/{path}", body, Cancel)));
            Assert.Equal(expected, answers.Count(a => a.IsSuccessStatusCode));
            Assert.All(answers.Where(a => !a.IsSuccessStatusCode), a => Assert.Equal(HttpStatusCode.Conflict, a.StatusCode));
        }
    }

    [Fact]
    public async Task Forms_OfTheTender_DoWhatTheApiDoes()
    {
        var scene = await TenderScene.NewAsync(server);
        async Task<HttpResponseMessage> PostAsync(string handler, Dictionary<string, string> fields)
        {
            fields["version"] = $"{(await scene.ShowAsync()).GetProperty("version").GetInt32()}";
            return await MichiServer.PostAsync(scene.Browser, scene.Page(), fields, $"{scene.Page()}?handler={handler}");
        }
        Assert.Equal((HttpStatusCode)422, (await PostAsync("Publish", new() { ["deadline"] = "soon" })).StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await PostAsync("Publish", new() { ["deadline"] = "2026-01-01T09:00" })).StatusCode);
        foreach (var (field, value) in new[] { ("country", "XX"), ("commitment", "abc"), ("receivedAt", "2099-01-01T00:00"), ("name", "") })
        {
            var refused = await PostAsync("Bid", new() { ["name"] = "Alpha", ["country"] = "KH", ["receivedAt"] = "2025-12-31T09:00", ["commitment"] = "", ["consortium"] = "", [field] = value });
            Assert.Equal((HttpStatusCode)422, refused.StatusCode);
            Assert.Contains($"id=\"{field}-error\"", await refused.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        }
        Assert.Equal(HttpStatusCode.Redirect, (await PostAsync("Bid", new() { ["name"] = "Alpha", ["country"] = "KH", ["receivedAt"] = "2025-12-31T09:00" })).StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await PostAsync("Invite", new() { ["evaluator"] = "Ann" })).StatusCode);
        var invited = await scene.Browser.GetStringAsync(scene.Page(), Cancel);
        var link = System.Text.RegularExpressions.Regex.Match(invited, "value=\"(http[^\"]+/en/evaluate/[^\"]+)\"").Groups[1].Value;
        Assert.DoesNotContain(link, await scene.Browser.GetStringAsync(scene.Page(), Cancel), StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode)422, (await PostAsync("Start", [])).StatusCode);
        foreach (var name in new[] { "Bo", "Chi" }) Assert.Equal(HttpStatusCode.Redirect, (await PostAsync("Invite", new() { ["evaluator"] = name })).StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await PostAsync("Start", [])).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await MichiServer.PostAsync(scene.Browser, scene.Page(), new() { ["version"] = "1" }, $"{scene.Page()}?handler=Close")).StatusCode);

        var visitor = server.Anonymous();
        Assert.Equal((HttpStatusCode)422, (await MichiServer.PostAsync(visitor, link, new() { ["choice-1"] = "yes" }, $"{link}?handler=Declare")).StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await MichiServer.PostAsync(visitor, link, new() { ["choice-1"] = "no", ["conflict-1"] = "" }, $"{link}?handler=Declare")).StatusCode);
        Assert.Equal((HttpStatusCode)422, (await MichiServer.PostAsync(visitor, $"{link}/1", new() { ["round"] = "1", ["points-service"] = "90", ["reason-service"] = "" })).StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await MichiServer.PostAsync(visitor, $"{link}/1", new() { ["round"] = "1", ["points-service"] = "90", ["reason-service"] = "A hotline by day and night." })).StatusCode);
        Assert.Contains("A hotline by day and night.", await visitor.GetStringAsync($"{link}/1", Cancel), StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode)422, (await MichiServer.PostAsync(visitor, link, [], $"{link}?handler=Finish")).StatusCode);
        Assert.Equal((HttpStatusCode)422, (await PostAsync("Cancel", new() { ["reason"] = "" })).StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await PostAsync("Cancel", new() { ["reason"] = "No money left." })).StatusCode);
        Assert.Contains("No money left.", await scene.Browser.GetStringAsync(scene.Page("ja"), Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tender_OfAnotherPlaceOrRole_IsRefused()
    {
        var (scene, other) = (await TenderScene.NewAsync(server, isPublic: false), await TenderScene.NewAsync(server));
        await scene.WithBidsAsync();
        var version = (await scene.ShowAsync()).GetProperty("version").GetInt32();
        foreach (var path in new[] { $"api/places/{other.Slug}/procurement/{scene.Id}", $"api/places/{other.Slug}/procurement/{scene.Id}/ocds" })
            Assert.Equal(HttpStatusCode.NotFound, (await other.Planner.GetAsync(path, Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await other.Planner.PostAsJsonAsync($"api/places/{other.Slug}/procurement/{scene.Id}/evaluation", new { basedOn = version }, Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await other.Planner.PostAsJsonAsync($"{scene.Api}/evaluation", new { basedOn = version }, Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await other.Browser.GetAsync(scene.Page(), Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await other.Browser.GetAsync($"en/{other.Slug}/procurement/{scene.Id}/tender", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await (await server.SignedInAsync("viewer")).GetAsync(scene.Page(), Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await (await server.SignedInAsync("assessor")).GetAsync(scene.Page(), Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Anonymous().GetAsync($"en/evaluate/{new string('x', 43)}", Cancel)).StatusCode);
        await scene.ScoredAsync();
        await scene.SealedAsync();
        await scene.PricedAsync();
        await scene.AwardedAsync();
        // The place is not public, so its award is neither.
        Assert.Equal(HttpStatusCode.NotFound, (await server.Anonymous().GetAsync($"en/{scene.Slug}/awards/{scene.Id}", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Anonymous().GetAsync($"api/places/{scene.Slug}/awards/{scene.Id}", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await scene.Browser.GetAsync($"en/{scene.Slug}/awards/{scene.Id}", Cancel)).StatusCode);
    }

    [Fact]
    public async Task Export_AsFarAsReached_IsOcdsAndWord()
    {
        var scene = await TenderScene.NewAsync(server);
        await KeepAsync("draft");
        Assert.Equal(["planning"], await TagsAsync());
        await scene.WithBidsAsync();
        await KeepAsync("bids");
        var early = await ReleaseAsync();
        Assert.Equal(["planning", "tender"], Tags(early));
        Assert.False(early.GetProperty("tender").TryGetProperty("tenderers", out _));
        await scene.ScoredAsync();
        await scene.SealedAsync();
        await scene.PricedAsync();
        await scene.DoneAsync("proposal", new { bid = 2, reason = "First of the ranking.", standstillDays = 0 });
        await KeepAsync("proposed");
        Assert.Equal("pending", (await ReleaseAsync()).GetProperty("awards")[0].GetProperty("status").GetString());
        await scene.DoneAsync("decline", new { reason = "Stepped back." });
        await scene.DoneAsync("proposal", new { bid = 1, reason = "Second of the ranking.", standstillDays = 0 });
        await scene.DoneAsync("award");
        await KeepAsync("awarded");

        var release = await ReleaseAsync();
        Assert.Equal(["planning", "tender", "award"], Tags(release));
        Assert.Equal($"ocds-000000-{scene.Id}", release.GetProperty("ocid").GetString());
        foreach (var required in new[] { "ocid", "id", "date", "tag", "initiationType" }) Assert.True(release.TryGetProperty(required, out _), required);
        Assert.Equal("tender", release.GetProperty("initiationType").GetString());
        var tender = release.GetProperty("tender");
        Assert.Equal(("complete", "goods", "ratedCriteria", 4), (tender.GetProperty("status").GetString(), tender.GetProperty("mainProcurementCategory").GetString(), tender.GetProperty("awardCriteria").GetString(), tender.GetProperty("numberOfTenderers").GetInt32()));
        Assert.Equal(["cancelled", "active"], release.GetProperty("awards").EnumerateArray().Select(a => a.GetProperty("status").GetString()));
        var award = release.GetProperty("awards")[1];
        Assert.Equal(TenderScene.AlphaPrice, award.GetProperty("value").GetProperty("amount").GetDecimal());
        // Whoever is named elsewhere is a party with a role that fits.
        var parties = release.GetProperty("parties").EnumerateArray().ToDictionary(p => p.GetProperty("id").GetString()!, p => p.GetProperty("roles").EnumerateArray().Select(r => r.GetString()).ToList());
        Assert.Contains("supplier", parties[award.GetProperty("suppliers")[0].GetProperty("id").GetString()!]);
        Assert.Contains("buyer", parties[release.GetProperty("buyer").GetProperty("id").GetString()!]);
        Assert.All(tender.GetProperty("tenderers").EnumerateArray(), t => Assert.Contains("tenderer", parties[t.GetProperty("id").GetString()!]));
        Assert.Equal(release.GetProperty("awards").GetRawText(), (await server.Anonymous().GetFromJsonAsync<JsonElement>($"api/places/{scene.Slug}/awards/{scene.Id}", Cancel)).GetProperty("releases")[0].GetProperty("awards").GetRawText());
        Assert.DoesNotContain(TenderScene.Reason, release.GetRawText(), StringComparison.Ordinal);

        foreach (var language in new[] { "en", "ja" })
        {
            using var word = WordprocessingDocument.Open(new MemoryStream(await scene.Browser.GetByteArrayAsync($"{scene.Page(language)}?handler=Report", Cancel)), false);
            Assert.Empty(new OpenXmlValidator(DocumentFormat.OpenXml.FileFormatVersions.Office2019).Validate(word, Cancel).Select(e => $"{e.Path?.XPath}: {e.Description}"));
            foreach (var text in new[] { "81.869", "82.67", "Stepped back.", TenderScene.Reason }) Assert.Contains(text, word.MainDocumentPart!.Document.InnerText, StringComparison.Ordinal);
        }
        Assert.Contains("Alpha,82.67", (await scene.Browser.GetStringAsync($"{scene.Page()}?handler=Table&table=ranking&format=csv", Cancel)).Replace("\"", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await scene.Browser.GetAsync($"{scene.Page()}?handler=Table&table=scores&format=xlsx", Cancel)).StatusCode);
        Assert.Equal((await scene.ShowAsync()).GetProperty("seal").GetString(), Convert.ToHexStringLower(SHA256.HashData(await scene.Browser.GetByteArrayAsync($"{scene.Page()}?handler=Sealed", Cancel))));
        Assert.Equal(HttpStatusCode.OK, (await server.Anonymous().GetAsync($"en/{scene.Slug}/awards/{scene.Id}?handler=Table&table=means&format=csv", Cancel)).StatusCode);

        async Task<JsonElement> ReleaseAsync() => (await scene.Planner.GetFromJsonAsync<JsonElement>($"{scene.Api}/ocds", Cancel)).GetProperty("releases")[0];
        async Task<string[]> TagsAsync() => Tags(await ReleaseAsync());
        static string[] Tags(JsonElement release) => [.. release.GetProperty("tag").EnumerateArray().Select(t => t.GetString()!)];

        // To be validated against the schema of the standard, which is not kept here: `MICHI_OCDS` names a folder.
        async Task KeepAsync(string name)
        {
            if (Environment.GetEnvironmentVariable("MICHI_OCDS") is { Length: > 0 } folder) await File.WriteAllTextAsync(Path.Combine(folder, $"{name}.json"), (await ReleaseAsync()).GetRawText(), Cancel);
        }
    }
}
