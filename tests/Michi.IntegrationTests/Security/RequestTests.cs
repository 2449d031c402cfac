using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Michi.Platform.Accounts;

namespace Michi.IntegrationTests.Security;

/// <summary>Requests no browser sends of itself: odd methods, addresses, headers, hosts and media types.</summary>
public sealed class RequestTests(MichiServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("PUT", "en/siem-reap")]
    [InlineData("DELETE", "en")]
    [InlineData("PATCH", "api/places/siem-reap")]
    [InlineData("PROPFIND", "api/places")]
    [InlineData("TRACE", "api/places")]
    [InlineData("TRACE", "en/siem-reap")]
    [InlineData("OPTIONS", "en/siem-reap/evidence")]
    [InlineData("PAGE", "en/siem-reap?handler=HandlerExecution")]
    public async Task Send_MethodNoRouteHas_IsNotAllowed(string method, string address)
    {
        foreach (var client in new[] { server.Anonymous(), await server.SignedInAsync("owner") })
        {
            var answer = await client.SendAsync(new(new(method), address), Cancel);

            Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
            Assert.Null(SafeAnswer.Fault(answer, await answer.Content.ReadAsStringAsync(Cancel)));
        }
    }

    [Theory]
    [InlineData("/en/siem-reap")]
    [InlineData("/en/sign-in")]
    [InlineData("/health/ready")]
    public async Task Head_WhatCanBeRead_AnswersWithoutBody(string address)
    {
        var answer = await server.Anonymous().SendAsync(new(HttpMethod.Head, address), Cancel);

        Assert.True((int)answer.StatusCode is < 400 or 405, $"{answer.StatusCode}");
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync(Cancel));
    }

    [Theory]
    [InlineData("GET /../../../../etc/passwd HTTP/1.1")]
    [InlineData("GET /_content/Michi.Platform/../../../michi.dll HTTP/1.1")]
    [InlineData("GET /_content/Michi.Platform/..%2f..%2f..%2fmichi.dll HTTP/1.1")]
    [InlineData("GET /_content/Michi.Platform/%2e%2e/%2e%2e/appsettings.json HTTP/1.1")]
    [InlineData("GET /en/..%5c..%5cmichi.db HTTP/1.1")]
    [InlineData("GET /en/siem-reap/evidence/..%2f..%2f?handler=file&sha256=..%2f..%2fmichi.db HTTP/1.1")]
    public async Task Get_PathOutOfItsFolder_IsNotFound(string line) => Assert.Contains(await RawAsync($"{line}\r\nHost: localhost\r\n"), new[] { 400, 404 });

    [Fact]
    public async Task Get_AddressOrHeadersTooLong_IsRefused()
    {
        Assert.Equal(414, await RawAsync($"GET /en/{new string('x', 20_000)} HTTP/1.1\r\nHost: localhost\r\n"));
        Assert.Equal(431, await RawAsync($"GET /en HTTP/1.1\r\nHost: localhost\r\nX-Long: {new string('x', 60_000)}\r\n"));
        Assert.Equal(431, await RawAsync($"GET /en HTTP/1.1\r\nHost: localhost\r\n{string.Concat(Enumerable.Range(0, 200).Select(i => $"X-{i}: x\r\n"))}"));
        Assert.Equal(400, await RawAsync("GET /en/\0 HTTP/1.1\r\nHost: localhost\r\n"));
        Assert.Equal(400, await RawAsync("GET /en/%00 HTTP/1.1\r\nHost: localhost\r\n"));
        Assert.Equal(400, await RawAsync("GET /en HTTP/1.1\r\nHost: a b\r\n"));
        Assert.Equal(400, await RawAsync("GET /en HTTP/1.1\r\n"));
    }

    [Fact]
    public async Task Get_WithAnotherHost_NamesItNowhere()
    {
        foreach (var address in new[] { "", "en", "en/siem-reap", "en/siem-reap/edit", "en/sign-in", "en/no-such-place", "api/openapi.json" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address) { Headers = { Host = "elsewhere.example" } };
            var answer = await server.Anonymous().SendAsync(request, Cancel);

            Assert.DoesNotContain("elsewhere.example", answer.Headers.Location?.OriginalString ?? "", StringComparison.Ordinal);
            if (!address.StartsWith("api/", StringComparison.Ordinal)) Assert.DoesNotContain("elsewhere.example", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("https://elsewhere.example/")]
    [InlineData("//elsewhere.example")]
    [InlineData("/\\elsewhere.example")]
    [InlineData("\\\\elsewhere.example")]
    [InlineData("/%09/elsewhere.example")]
    [InlineData("javascript:alert(1)")]
    [InlineData(" https://elsewhere.example/")]
    [InlineData("/\t/elsewhere.example")]
    public async Task SignIn_BackToAnotherSite_StaysHere(string back)
    {
        var person = await server.PersonAsync();
        var answer = await MichiServer.PostAsync(server.Anonymous(), "en/sign-in", new() { ["email"] = person.Email, ["password"] = Person.Password, ["back"] = back });

        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.Equal("127.0.0.1", new Uri(server.Address, answer.Headers.Location!.OriginalString).Host);
    }

    [Fact]
    public async Task Api_WithTheCookieOfASession_KnowsNobody()
    {
        var client = await server.SignedInAsync("owner");
        var token = await RightsScene.FormTokenAsync(client);
        foreach (var door in (await Door.AllAsync(server)).Where(d => d.IsApi && d.Right is not (Right.Anyone or Right.ViewPlace)))
        {
            using var request = door.Request(new Dictionary<string, string> { ["place"] = "siem-reap" });
            request.Headers.Add("RequestVerificationToken", token);
            Assert.Equal(HttpStatusCode.Unauthorized, (await client.SendAsync(request, Cancel)).StatusCode);
        }
    }

    [Fact]
    public async Task Post_EveryFormWithoutItsToken_IsRefused()
    {
        var client = await server.SignedInAsync("owner");
        foreach (var door in (await Door.AllAsync(server)).Where(d => !d.IsRead && !d.IsApi && !d.Path.StartsWith("/error", StringComparison.Ordinal)))
        {
            using var request = door.Request(new Dictionary<string, string> { ["place"] = "siem-reap", ["code"] = "kh-siem-reap-001" }, formToken: "");
            Assert.True((await client.SendAsync(request, Cancel)).StatusCode == HttpStatusCode.BadRequest, door.Name);
        }
    }

    [Theory]
    [InlineData("api/places", "text/plain")]
    [InlineData("api/places", "application/x-www-form-urlencoded")]
    [InlineData("api/places/siem-reap/facts", "application/xml")]
    [InlineData("api/places/cambodia/indices", "application/json")]
    public async Task Post_OtherMediaType_IsUnsupported(string address, string type)
    {
        foreach (var client in new[] { server.Anonymous(), await server.ProgramAsync(await server.PersonAsync(Role.Owner)) })
        {
            var content = new ByteArrayContent("{}"u8.ToArray());
            content.Headers.ContentType = new(type);
            var answer = await client.PostAsync(address, content, Cancel);

            Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
            Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        }
    }

    [Theory]
    [InlineData("", HttpStatusCode.BadRequest)]
    [InlineData("{}", HttpStatusCode.UnsupportedMediaType)]
    public async Task Post_WithoutMediaType_IsToldSoByTheEndpointItself(string body, HttpStatusCode expected)
    {
        foreach (var address in new[] { "api/places", "api/places/siem-reap/evidence" })
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await server.Anonymous().PostAsync(address, new ByteArrayContent(Encoding.UTF8.GetBytes(body)), Cancel)).StatusCode);
            Assert.Equal(expected, (await (await server.ProgramAsync(await server.PersonAsync(Role.Owner))).PostAsync(address, new ByteArrayContent(Encoding.UTF8.GetBytes(body)), Cancel)).StatusCode);
        }
    }

    [Theory]
    [InlineData("{\"kind\":\"city\",\"parent\":\"a\\u0000b\",\"isPublic\":true}")]
    [InlineData("{\"kind\":\"city\",\"names\":{\"e\\u0000n\":\"x\"},\"isPublic\":true}")]
    [InlineData("{\"kind\":\"\\ud800\",\"isPublic\":true}")]
    public async Task Post_TextThatIsNone_IsABadRequest(string json)
    {
        var program = await server.ProgramAsync(await server.PersonAsync(Role.Owner));

        Assert.Equal(HttpStatusCode.BadRequest, (await program.PostAsync("api/places", new StringContent(json, Encoding.UTF8, new MediaTypeHeaderValue("application/json")), Cancel)).StatusCode);
    }

    [Fact]
    public async Task Get_QueryWithANullCharacter_IsABadRequest() =>
        Assert.Equal(HttpStatusCode.BadRequest, (await server.Anonymous().GetAsync("en/siem-reap/evidence?q=a%00b", Cancel)).StatusCode);

    [Fact]
    public async Task SignIn_TooManyTries_TellsWhenToTryAgain()
    {
        var client = server.Anonymous();
        HttpResponseMessage answer;
        var tries = 0;
        do answer = await client.PostAsync("ja/sign-in", new FormUrlEncodedContent([]), Cancel);
        while (answer.StatusCode != HttpStatusCode.TooManyRequests && ++tries < 30);

        Assert.Equal(20, tries);
        Assert.InRange(answer.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        Assert.Contains("試行回数が多すぎます", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_BehindTls_StaysThere()
    {
        var client = server.Anonymous();
        Assert.False((await client.GetAsync("en", Cancel)).Headers.Contains("Strict-Transport-Security"));
        client.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https");

        foreach (var address in new[] { "en", "en/no-such-place", "api/places", "_content/Michi.Platform/michi.css" })
        {
            var answer = await client.GetAsync(address, Cancel);
            Assert.Equal("max-age=31536000", Assert.Single(answer.Headers.GetValues("Strict-Transport-Security")));
            Assert.Null(SafeAnswer.Fault(answer, ""));
        }
    }

    [Fact]
    public async Task Get_ApiAsAnUnknownToken_IsUnauthorizedEverywhere()
    {
        var program = MichiServer.With(server.Anonymous(), "michi_unknown");

        foreach (var address in new[] { "api/places", "api/places/siem-reap", "api/places/no-such-place" })
        {
            var answer = await program.GetAsync(address, Cancel);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            Assert.Equal(401, (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("status").GetInt32());
        }
    }

    /// <summary>Sends the head of a request as it is; the status of the answer.</summary>
    private async Task<int> RawAsync(string head)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(server.Address.Host, server.Address.Port, Cancel);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes($"{head}Connection: close\r\n\r\n"), Cancel);
        using var reader = new StreamReader(stream, Encoding.Latin1);
        var line = await reader.ReadLineAsync(Cancel);
        return int.Parse(line!.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
    }
}
