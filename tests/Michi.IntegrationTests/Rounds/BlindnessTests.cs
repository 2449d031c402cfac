using System.Net;
using Michi.Assessment.Profiles;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;

namespace Michi.IntegrationTests.Rounds;

/// <summary>Before a round is closed nobody sees another's level, reason or confidence: pages, API, export, profile.</summary>
public sealed class BlindnessTests(MichiServer server)
{
    private const string Telltale = "telltale-reason-7f3a";

    [Fact]
    public async Task Get_OpenRound_ShowsNobodyAnothersAnswer()
    {
        var scene = await RoundScene.NewAsync(server, assessors: 2, rounds: 1);
        await scene.RateAsync(1, "P1", 3, Telltale);

        var facilitator = await Pages.FacilitatorAsync(server);
        foreach (var page in new[] { "", "/facilitate", "/consensus/P1", "/results.csv", "?round=1" })
            AssertBlind(await facilitator.GetStringAsync($"en/{scene.Slug}/rounds/{scene.Assessment}{page}", RoundScene.Cancel));
        foreach (var role in new[] { "owner", "facilitator", "assessor", "viewer" })
        {
            var client = await RoundScene.ByTokenAsync(server, role);
            AssertBlind(await client.GetStringAsync(scene.This, RoundScene.Cancel));
            Assert.Empty((await scene.ShowAsync(client)).GetProperty("results").EnumerateArray());
        }
        AssertBlind(await scene.Facilitator.GetStringAsync($"{scene.This}/assessors", RoundScene.Cancel));
        AssertBlind(await scene.Anonymous.GetStringAsync($"api/rate/{scene.Secrets[1]}", RoundScene.Cancel));
        AssertBlind(await scene.Anonymous.GetStringAsync($"en/rate/{scene.Secrets[1]}", RoundScene.Cancel));
        AssertBlind(await scene.Anonymous.GetStringAsync($"en/rate/{scene.Secrets[1]}/P1", RoundScene.Cancel));

        void AssertBlind(string text)
        {
            Assert.DoesNotContain(Telltale, text, StringComparison.Ordinal);
            Assert.DoesNotContain("level-3", text, StringComparison.Ordinal);
            Assert.DoesNotContain("checked", text, StringComparison.Ordinal);
        }
    }

    /// <summary>Made from the routes themselves: a new page, answer or export of a place is covered the day it is added.</summary>
    [Fact]
    public async Task Get_EveryRouteOfThePlace_KeepsAnOpenRoundToItself()
    {
        var scene = await RoundScene.NewAsync(server, assessors: 1, rounds: 1);
        await scene.RateAsync(1, "P1", 3, Telltale);
        var (facilitator, owner) = (await Pages.FacilitatorAsync(server), await RoundScene.ByTokenAsync(server, "owner"));
        var routes = server.Services.GetServices<EndpointDataSource>().SelectMany(s => s.Endpoints).OfType<RouteEndpoint>()
            .Where(r => r.RoutePattern.GetParameter("place") is not null && (r.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Contains("GET") ?? true)).Select(r => AddressOf(r.RoutePattern)).Distinct().ToList();
        Assert.Contains($"en/{scene.Slug}/rounds/{scene.Assessment}/facilitate", routes);

        var shown = 0;
        foreach (var route in routes)
        {
            var answer = await (route.StartsWith("api/", StringComparison.Ordinal) ? owner : facilitator).GetAsync($"{route}?assessment={scene.Assessment}", RoundScene.Cancel);
            if (answer.IsSuccessStatusCode) shown++;
            Assert.DoesNotContain(Telltale, await answer.Content.ReadAsStringAsync(RoundScene.Cancel), StringComparison.Ordinal);
        }
        Assert.True(shown > 10);

        string AddressOf(RoutePattern pattern) => string.Join('/', pattern.PathSegments.Select(s => string.Concat(s.Parts.Select(p => p switch
        {
            RoutePatternLiteralPart literal => literal.Content,
            RoutePatternSeparatorPart separator => separator.Content,
            RoutePatternParameterPart parameter => parameter.Name switch
            {
                "lang" => "en",
                "place" => scene.Slug,
                "assessment" => scene.Assessment.ToString(),
                "element" => "P1",
                "code" => $"{scene.Slug}-open",
                "ending" or "format" => "json",
                "kind" => "",
                _ => Guid.Empty.ToString(),
            },
            _ => "",
        })))).TrimEnd('/');
    }

    [Fact]
    public async Task Get_ClosedRound_ShowsEveryoneLevelsAndReasonsWithoutNames()
    {
        var scene = await RoundScene.NewAsync(server, assessors: 2, rounds: 1);
        await scene.RateAsync(1, "P1", 3, Telltale);
        await scene.CloseAsync(1);

        foreach (var text in new[]
        {
            await scene.Anonymous.GetStringAsync($"ja/{scene.Slug}/rounds/{scene.Assessment}", RoundScene.Cancel),
            await scene.Anonymous.GetStringAsync($"ja/rate/{scene.Secrets[1]}", RoundScene.Cancel),
            await scene.Anonymous.GetStringAsync(scene.This, RoundScene.Cancel),
            await scene.Anonymous.GetStringAsync($"en/{scene.Slug}/rounds/{scene.Assessment}/results.csv", RoundScene.Cancel),
        })
        {
            Assert.Contains(Telltale, text, StringComparison.Ordinal);
            Assert.DoesNotContain("Assessor 1", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Diagnose_OpenRound_DoesNotMoveTheProfile()
    {
        var scene = await RoundScene.NewAsync(server, assessors: 1, rounds: 1);
        var before = await HashAsync();
        await scene.RateAsync(1, "P1", 0);
        Assert.Equal(before, await HashAsync());

        await scene.CloseAsync(1);

        Assert.NotEqual(before, await HashAsync());

        async Task<string> HashAsync()
        {
            await using var scope = server.Services.CreateAsyncScope();
            return (await scope.ServiceProvider.GetRequiredService<PlaceDiagnosis>().OfAsync(await scene.PlaceAsync(), RoundScene.Cancel)).Diagnosis.Input.Hash();
        }
    }

    [Fact]
    public async Task Get_RenewedLink_DoesNotShowWhatTheEarlierLinkAnswered()
    {
        var scene = await RoundScene.NewAsync(server, assessors: 1, rounds: 1);
        await scene.RateAsync(1, "P1", 3, Telltale);
        var renewed = (await RoundScene.ReadAsync(await scene.Facilitator.PostAsync($"{scene.This}/assessors/{scene.Assessors[0]}/link", null, RoundScene.Cancel), HttpStatusCode.OK)).GetProperty("secret").GetString();

        foreach (var address in new[] { $"en/rate/{renewed}", $"en/rate/{renewed}/P1", $"api/rate/{renewed}" })
        {
            var text = await scene.Anonymous.GetStringAsync(address, RoundScene.Cancel);
            Assert.DoesNotContain(Telltale, text, StringComparison.Ordinal);
            Assert.DoesNotContain("level-3", text, StringComparison.Ordinal);
        }
        await scene.CloseAsync(1);
        Assert.Equal(1, (await scene.ResultAsync(1, "P1")).GetProperty("levels")[3].GetInt32());
    }
}
