using System.Net;
using Michi.CityOs.Api;
using Michi.CityOs.JsonLd;
using Michi.CityOs.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Michi.UnitTests.CityOs;

/// <summary>Copies of contexts whose hosts change, are slow or fail (ETSI GS CIM 009, 5.13.1).</summary>
public sealed class ContextCopiesTests : IAsyncLifetime
{
    private readonly ShiftedClock _clock = new();
    private SourceBroker _broker = null!;
    private FakeSource _host = null!;
    private Func<HttpContext, Task> _answer = Terms(1);
    private int _made;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _host = await FakeSource.StartAsync(http => _answer(http));
        _broker = await SourceBroker.StartAsync(clock: _clock);
    }

    public async ValueTask DisposeAsync()
    {
        await _broker.DisposeAsync();
        await _host.DisposeAsync();
    }

    [Fact]
    public async Task Use_CopyTooOld_ServesUntilTheNewOneIsThere()
    {
        Assert.Equal("https://a.example/1", await ExpandedAsync());
        var isReady = new TaskCompletionSource();
        _answer = async http =>
        {
            await isReady.Task;
            await Terms(2)(http);
        };
        _clock.Shift(TimeSpan.FromHours(25));
        // The host is slow: nobody waits for it, and it is asked once.
        foreach (var _ in (int[])[1, 2, 3]) Assert.Equal("https://a.example/1", await ExpandedAsync());
        isReady.SetResult();
        Assert.True(await BecomesAsync(async () => await ExpandedAsync() == "https://a.example/2"));
        Assert.Equal(2, _host.Requests.Count);
    }

    [Theory]
    [InlineData("Cache-Control", "max-age=7200", 110, 130)]
    [InlineData("Cache-Control", "max-age=1", 9, 11)]
    [InlineData("Cache-Control", "no-store", 9, 11)]
    [InlineData("Cache-Control", "max-age=100000000", 10_000, 10_100)]
    [InlineData("Expires", "", 50, 70)]
    [InlineData("Expires", "0", 9, 11)]
    [InlineData("X-None", "", 1_430, 1_450)]
    public async Task Use_Copy_IsFetchedAnewWhenItsHostSays(string header, string value, int freshMinutes, int oldMinutes)
    {
        _answer = async http =>
        {
            http.Response.Headers[header] = header == "Expires" && value.Length == 0 ? TimeProvider.System.GetUtcNow().AddHours(1).ToString("r") : value;
            await Terms(1)(http);
        };
        await ExpandedAsync();
        _clock.Shift(TimeSpan.FromMinutes(freshMinutes));
        await ExpandedAsync();
        await Task.Delay(100, Cancel);
        Assert.Single(_host.Requests);
        _clock.Shift(TimeSpan.FromMinutes(oldMinutes - freshMinutes));
        await ExpandedAsync();
        Assert.True(await BecomesAsync(() => Task.FromResult(_host.Requests.Count == 2)));
    }

    [Theory]
    [InlineData(500, "")]
    [InlineData(200, "<html>")]
    [InlineData(200, "{}")]
    [InlineData(200, "{\"@context\": {\"speed\": 5}}")]
    public async Task Use_HostFails_KeepsTheCopy(int status, string body)
    {
        await ExpandedAsync();
        _answer = http =>
        {
            http.Response.StatusCode = status;
            return http.Response.WriteAsync(body);
        };
        _clock.Shift(TimeSpan.FromHours(25));
        Assert.Equal("https://a.example/1", await ExpandedAsync());
        Assert.True(await BecomesAsync(() => Task.FromResult(_host.Requests.Count == 2)));
        await Task.Delay(100, Cancel);
        _clock.Shift(TimeSpan.FromMinutes(5));
        Assert.Equal("https://a.example/1", await ExpandedAsync());
        // It is left alone for a while, and then asked again.
        _answer = Terms(3);
        _clock.Shift(TimeSpan.FromMinutes(6));
        Assert.True(await BecomesAsync(async () => await ExpandedAsync() == "https://a.example/3"));
        Assert.Equal(3, _host.Requests.Count);
    }

    [Fact]
    public async Task Use_CopyOfAnEarlierBuild_IsFetchedAnewAfterADay()
    {
        var body = $$$"""{"kind": "Cached", "url": "{{{_host.Address}}}/c.jsonld", "createdAt": {{{(_clock.GetUtcNow().ToUnixTimeMilliseconds() - 90_000_000) * 1000}}}, "document": {"@context": {"speed": "https://a.example/0"} } }""";
        await _broker.Services.GetRequiredService<NgsiLdServices>().Store.WriteDocumentAsync(DocumentKind.Context, "", ContextDocuments.IdOf(_host.Address + "/c.jsonld"), _ => System.Text.Encoding.UTF8.GetBytes(body), Cancel);
        Assert.Equal("https://a.example/0", await ExpandedAsync());
        Assert.True(await BecomesAsync(async () => await ExpandedAsync() == "https://a.example/1"));
    }

    /// <summary>What the broker takes "speed" for in the context of the host.</summary>
    private async Task<string> ExpandedAsync()
    {
        var id = $"urn:ngsi-ld:Vehicle:{++_made}";
        var link = NgsiLdCall.ContextLink(_host.Address + "/c.jsonld");
        Assert.Equal(HttpStatusCode.Created, (await _broker.SendAsync("POST", "entities", $"{{'id': '{id}', 'type': 'Vehicle', 'speed': 1}}", ("Link", link))).Status);
        return (await _broker.SendAsync("GET", $"entities/{id}")).Body.EnumerateObject().Last().Name;
    }

    private static async Task<bool> BecomesAsync(Func<Task<bool>> isSo)
    {
        for (var i = 0; i < 200; i++)
        {
            if (await isSo()) return true;
            await Task.Delay(50, Cancel);
        }
        return false;
    }

    private static Func<HttpContext, Task> Terms(int number) => http => http.Response.WriteAsync($$"""{"@context": {"speed": "https://a.example/{{number}}"} }""");
}
