using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Places;
using Michi.Roadmap;
using Michi.Roadmap.Procurement;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Michi.IntegrationTests.Procurement;

/// <summary>The program as a process of its own on the embedded database, killed while evaluators score and while the evaluation is closed.</summary>
public sealed class TenderSurvivesKillTests
{
    private static readonly string[] People = ["Ann", "Bo", "Chi"];
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Kill_WhileScoringAndClosing_LosesNothingAcknowledgedAndHalfDoesNothing()
    {
        var folder = Directory.CreateTempSubdirectory("michi-kill-").FullName;
        var (id, place, token) = (Guid.NewGuid(), new Place { Id = Guid.NewGuid(), Kind = PlaceKind.Country, Slug = "killed", Names = new() { ["en"] = "Killed" }, CreatedAt = DateTimeOffset.UnixEpoch }, $"michi_{Secret.New()}");
        var secrets = new Dictionary<string, string>();
        var criteria = await OnDatabaseAsync(folder, async services =>
        {
            services.GetRequiredService<PlaceBook>().Add(place);
            await services.GetRequiredService<PlaceBook>().SaveAsync(Cancel);
            var platform = services.GetRequiredService<PlatformDb>();
            var account = services.GetRequiredService<AccountBook>().Add("planner@test.example", "Planner", Person.Password);
            platform.Grants.Add(new() { Id = Guid.NewGuid(), AccountId = account.Id, PlaceId = place.Id, Role = Role.Planner, CreatedAt = account.CreatedAt });
            platform.Tokens.Add(new() { Id = Guid.NewGuid(), AccountId = account.Id, Name = "test", Hash = Secret.HashOf(token), Scope = "write", CreatedAt = account.CreatedAt, ExpiresAt = account.CreatedAt.AddDays(1) });
            await platform.SaveChangesAsync(Cancel);
            var db = services.GetRequiredService<RoadmapDb>();
            var plan = new EvaluationPlan("system", "qcbs", 70, 50, new() { ["requirements"] = 60, ["requirements.functions"] = 50, ["requirements.users"] = 50, ["service"] = 40 });
            db.Procurements.Add(new()
            {
                Id = id,
                PlaceId = place.Id,
                InitiativeId = Guid.NewGuid(),
                CreatedAt = DateTimeOffset.UnixEpoch,
                ChangedAt = DateTimeOffset.UnixEpoch,
                ChangedBy = "test",
                Facts = new() { Names = new() { ["en"] = "Killed" }, Kind = "system", DraftedFrom = "test", Plan = plan },
            });
            await db.SaveChangesAsync(Cancel);
            var steps = services.GetRequiredService<TenderSteps>();
            var version = 0;
            Assert.True((await steps.PublishAsync(place, id, version++, "2026-01-01T09:00", Cancel)).IsDone);
            foreach (var name in new[] { "Alpha", "Beta" }) Assert.True((await steps.RegisterBidAsync(place, id, version++, new(name, "KH", null, "2025-12-01T09:00", null), Cancel)).IsDone);
            foreach (var who in People) secrets[who] = (await steps.InviteAsync(place, id, version++, who, Cancel)).Secret!;
            Assert.True((await steps.StartAsync(place, id, version++, Cancel)).IsDone);
            foreach (var who in People) Assert.True((await services.GetRequiredService<ScoreBids>().DeclareAsync(secrets[who], new Dictionary<string, string?> { ["1"] = "", ["2"] = "" }, Cancel)).IsDone);
            return plan.Leaves.Select(l => l.Id).ToList();
        });

        var acknowledged = new ConcurrentDictionary<(string Who, int Bid, string Criterion), int>();
        foreach (var points in new[] { 70, 90 })
        {
            using var program = MichiProcess.Start("serve", "--data", folder, "--port", $"{Take(out var port)}");
            using var client = await ClientAsync(port, token);
            var scoring = People.Select(who => Task.Run(async () =>
            {
                foreach (var bid in new[] { 1, 2 })
                    foreach (var criterion in criteria)
                    {
                        try
                        {
                            if ((await client.PutAsJsonAsync($"api/evaluate/{secrets[who]}/bids/{bid}/scores/{criterion}", new { points, reason = "r" }, Cancel)).StatusCode == HttpStatusCode.NoContent) acknowledged[(who, bid, criterion)] = points;
                        }
                        catch (HttpRequestException)
                        {
                            return;
                        }
                    }
            }, Cancel)).ToList();
            while (acknowledged.Count(a => a.Value == points) < 5 && scoring.Any(s => !s.IsCompleted)) await Task.Delay(5, Cancel);
            program.Kill();
            await program.EndAsync();
            await Task.WhenAll(scoring);
        }
        var stored = await OnDatabaseAsync(folder, async services =>
        {
            var db = services.GetRequiredService<RoadmapDb>();
            return await (from s in db.BidScores join e in db.Evaluators on s.EvaluatorId equals e.Id join b in db.Bidders on s.BidderId equals b.Id select new { e.Name, b.Number, s.Criterion, s.Points }).ToListAsync(Cancel);
        });
        Assert.True(acknowledged.Count >= 5);
        // What was under way when the program died may have been saved over; what was acknowledged is there.
        Assert.All(acknowledged, a => Assert.Contains(stored, s => (s.Name, s.Number, s.Criterion) == a.Key && s.Points >= a.Value));

        await OnDatabaseAsync(folder, async services =>
        {
            var scores = services.GetRequiredService<ScoreBids>();
            foreach (var who in People)
            {
                foreach (var bid in new[] { 1, 2 }) Assert.True((await scores.ScoreAsync(secrets[who], bid, 1, [.. criteria.Select(c => new ScoreBids.Score(c, 90, "r"))], Cancel)).IsDone);
                Assert.True((await scores.FinishAsync(secrets[who], Cancel)).IsDone);
            }
            return 0;
        });
        using (var program = MichiProcess.Start("serve", "--data", folder, "--port", $"{Take(out var port)}"))
        {
            using var client = await ClientAsync(port, token);
            var closing = client.PostAsJsonAsync($"api/places/killed/procurement/{id}/close", new { basedOn = 7 }, Cancel);
            await Task.Delay(20, Cancel);
            program.Kill();
            await program.EndAsync();
            await closing.ContinueWith(_ => { }, TaskScheduler.Default);
        }

        // Closed and sealed, or not at all.
        var after = await OnDatabaseAsync(folder, services => services.GetRequiredService<TenderBook>().ReadAsync(place, id, Cancel));
        Assert.True(after!.IsIntact);
        Assert.Equal(after.State == TenderState.Sealed, after.Tender!.Seal is not null);
        if (after.State == TenderState.Technical) Assert.True((await OnDatabaseAsync(folder, services => services.GetRequiredService<TenderSteps>().CloseAsync(place, id, 7, Cancel))).IsDone);
        var closed = await OnDatabaseAsync(folder, services => services.GetRequiredService<TenderBook>().ReadAsync(place, id, Cancel));
        Assert.Equal((true, TenderState.Sealed), (closed!.IsIntact, closed.State));
        Assert.Equal([90m, 90m], closed.Result!.Bids.Select(b => b.Technical));
        Directory.Delete(folder, recursive: true);
    }

    private static int Take(out int port) => port = MichiServer.FreePort();

    private static async Task<HttpClient> ClientAsync(int port, string token)
    {
        var client = MichiServer.With(new HttpClient { BaseAddress = new($"http://127.0.0.1:{port}/") }, token);
        for (var tries = 0; ; tries++)
        {
            try
            {
                if ((await client.GetAsync("health/live", Cancel)).IsSuccessStatusCode) return client;
            }
            catch (HttpRequestException) when (tries < 600)
            {
                await Task.Delay(100, Cancel);
            }
        }
    }

    private static async Task<T> OnDatabaseAsync<T>(string folder, Func<IServiceProvider, Task<T>> work)
    {
        await using var app = Host.Build(new PlatformOptions { Data = folder, Port = MichiServer.FreePort() });
        await Host.MigrateAsync(app.Services, Cancel);
        await using var scope = app.Services.CreateAsyncScope();
        return await work(scope.ServiceProvider);
    }
}
