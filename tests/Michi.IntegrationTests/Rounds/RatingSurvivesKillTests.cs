using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using Michi.Assessment;
using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Packs;
using Michi.Platform.Places;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Michi.IntegrationTests.Rounds;

/// <summary>The program as a process of its own on the embedded database, killed again and again while people rate.</summary>
public sealed class RatingSurvivesKillTests
{
    private const int Kills = 4;
    private const int Assessors = 6;

    [Fact]
    public async Task Kill_WhilePeopleRate_LosesNoAcknowledgedRating()
    {
        var cancel = TestContext.Current.CancellationToken;
        var folder = Directory.CreateTempSubdirectory("michi-kill-").FullName;
        var secrets = Enumerable.Range(0, Assessors).Select(_ => Secret.New()).ToList();
        string[] elements = await OnDatabaseAsync(folder, async services =>
        {
            var db = services.GetRequiredService<AssessmentDb>();
            var pack = services.GetRequiredService<PackStore>().Current;
            var place = new Place { Id = Guid.NewGuid(), Kind = PlaceKind.Country, Slug = "killed", Names = new() { ["en"] = "Killed" }, CreatedAt = DateTimeOffset.UnixEpoch };
            services.GetRequiredService<PlaceBook>().Add(place);
            await services.GetRequiredService<PlaceBook>().SaveAsync(cancel);
            var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
            var assessment = Guid.NewGuid();
            db.Assessments.Add(new() { Id = assessment, PlaceId = place.Id, Title = "Killed", PackHash = pack.Hash, CreatedAt = now });
            db.Rounds.Add(new() { Id = Guid.NewGuid(), AssessmentId = assessment, Number = 1, OpenedAt = now });
            foreach (var secret in secrets) db.Assessors.Add(new() { Id = Guid.NewGuid(), AssessmentId = assessment, Name = secret, Group = "other", LinkHash = Secret.HashOf(secret), InvitedAt = now });
            await db.SaveChangesAsync(cancel);
            return pack.Elements.Select(e => e.Id).ToArray();
        });

        var acknowledged = new ConcurrentDictionary<(string, string), int>();
        var attempted = new ConcurrentDictionary<(string, string), int>();
        for (var run = 0; run < Kills; run++)
        {
            var port = MichiServer.FreePort();
            using var program = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "michi.dll"), "serve", "--data", folder, "--port", $"{port}"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            program.OutputDataReceived += (_, _) => { };
            program.BeginOutputReadLine();
            program.BeginErrorReadLine();
            using var client = new HttpClient { BaseAddress = new($"http://127.0.0.1:{port}/") };
            await WaitAsync(client, cancel);
            var level = run;
            var rating = secrets.Select(secret => Task.Run(async () =>
            {
                foreach (var element in elements)
                {
                    attempted[(secret, element)] = level;
                    try
                    {
                        if ((await client.PutAsJsonAsync($"api/rate/{secret}/ratings/{element}", new { level, confidence = "low" }, cancel)).StatusCode == HttpStatusCode.NoContent)
                            acknowledged[(secret, element)] = level;
                    }
                    catch (HttpRequestException)
                    {
                        return;
                    }
                }
            }, cancel)).ToList();
            while (acknowledged.Count(a => a.Value == level) < 10 + 20 * run && rating.Any(r => !r.IsCompleted)) await Task.Delay(5, cancel);
            program.Kill();
            await program.WaitForExitAsync(cancel);
            await Task.WhenAll(rating);
        }

        var stored = await OnDatabaseAsync(folder, async services =>
        {
            var db = services.GetRequiredService<AssessmentDb>();
            return await (from r in db.Ratings join a in db.Assessors on r.AssessorId equals a.Id select new { a.Name, r.Element, r.Level }).ToDictionaryAsync(r => (r.Name, r.Element), r => r.Level, cancel);
        });
        Directory.Delete(folder, recursive: true);
        Assert.True(acknowledged.Count >= 10);
        // What was under way when the program died may have been saved or not; what was acknowledged must be there.
        Assert.All(acknowledged, a => Assert.True(stored.TryGetValue(a.Key, out var kept) && (kept == a.Value || kept == attempted[a.Key]), $"{a.Key} {a.Value}"));
    }

    private static async Task<T> OnDatabaseAsync<T>(string folder, Func<IServiceProvider, Task<T>> work)
    {
        await using var app = Host.Build(new PlatformOptions { Data = folder, Port = MichiServer.FreePort() });
        await Host.MigrateAsync(app.Services, TestContext.Current.CancellationToken);
        await using var scope = app.Services.CreateAsyncScope();
        return await work(scope.ServiceProvider);
    }

    private static async Task WaitAsync(HttpClient client, CancellationToken cancel)
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                if ((await client.GetAsync("health/live", cancel)).IsSuccessStatusCode) return;
            }
            catch (HttpRequestException) when (tries < 600)
            {
                await Task.Delay(100, cancel);
            }
        }
    }
}
