using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Michi.CityOs;
using Michi.CityOs.Api;
using Michi.CityOs.Entities;
using Michi.CityOs.History;
using Michi.CityOs.JsonLd;
using Michi.CityOs.Queries;
using Michi.CityOs.Snapshots;
using Michi.CityOs.Sources;
using Michi.CityOs.Storage;
using Michi.CityOs.Subscriptions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Michi.UnitTests.CityOs.BadDays;

/// <summary>Every parser with bad input, by itself and through HTTP: it is taken or refused in the standard's words, soon, and nothing else happens.</summary>
/// <remarks>Some seconds with known seeds and a new one; <c>eng/bad-days.sh fuzz</c> goes on for as long as wanted.</remarks>
public sealed class FuzzTests
{
    private const int Slowest = 10_000;

    private static readonly string[] Texts = [.. FuzzCorpus.Parameters.SelectMany(p => p.Values)];

    private static readonly string[] Documents = [.. FuzzCorpus.Requests.Select(r => r.Body).OfType<string>().Distinct().Select(FuzzCorpus.Quoted)];

    private static readonly Entity Sample = Read(Documents[0], InputForm.Normalized, InputNeed.Whole);

    private readonly ConcurrentDictionary<string, string> _faults = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Parse_AnyInput_IsTakenOrRefused()
    {
        var count = await ForAsync(1.0 / 4, (mutation, n) =>
        {
            var text = mutation.Text(mutation.Of(Texts), Texts);
            var json = mutation.Json(mutation.Of(Documents));
            return Task.FromResult(Parsers(mutation, text, json).ElementAt(n % 24));
        });
        Assert.True(count > 100);
    }

    [Fact]
    public async Task Handle_AnyRequest_IsAnsweredWithoutAFault()
    {
        await using var broker = await SourceBroker.StartAsync(_faults);
        var api = broker.Services.GetRequiredService<NgsiLdApi>();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var count = await ForAsync(2.0 / 4, async (mutation, _) =>
        {
            var request = Request(mutation);
            var http = new DefaultHttpContext { RequestServices = broker.Services };
            http.Features.Get<IHttpRequestFeature>()!.RawTarget = request.Target;
            (http.Request.Method, http.Request.Path, http.Request.QueryString) = (request.Method, new PathString(Uri.UnescapeDataString(request.Path)), new QueryString(request.Query));
            foreach (var (name, value) in request.Headers) http.Request.Headers[name] = value;
            if (request.Body is not null) (http.Request.Body, http.Request.ContentLength) = (new MemoryStream(request.Body), request.Body.Length);
            http.Request.Scheme = "http";
            http.Request.Host = new HostString("localhost");
            var answer = new MemoryStream();
            http.Response.Body = answer;
            return ($"{request.Method} {request.Target} {string.Join(' ', request.Headers)} {Encoding.UTF8.GetString(request.Body ?? [])}", async () =>
            {
                await api.HandleAsync(http);
                Check(http.Response.StatusCode, answer.ToArray());
            }
            );
        });
        Assert.True(count > 100);
        await broker.DisposeAsync();
        var grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.True(grown < 400_000_000, $"{grown >> 20} MB more are held.");
    }

    [Fact]
    public async Task Send_AnyBytes_AreAnsweredWithoutAFault()
    {
        await using var broker = await SourceBroker.StartAsync(_faults);
        var port = new Uri(broker.Address).Port;
        var count = await ForAsync(1.0 / 4, (mutation, _) =>
        {
            var request = Request(mutation);
            var head = $"{request.Method} {Encoded(request.Target)} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{string.Concat(request.Headers.Select(h => $"{h.Name}: {Encoded(h.Value, isHeader: true)}\r\n"))}{(request.Body is null ? "" : $"Content-Length: {request.Body.Length}\r\n")}\r\n";
            byte[] bytes = [.. Encoding.Latin1.GetBytes(head), .. request.Body ?? []];
            // Now and then not even HTTP.
            if (mutation.OneIn(10)) bytes = mutation.Bytes(bytes);
            return Task.FromResult<(string, Func<Task>)>((Encoding.UTF8.GetString(bytes), async () =>
            {
                using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync("127.0.0.1", port, Cancel);
                await socket.SendAsync(bytes, Cancel);
                socket.Shutdown(SocketShutdown.Send);
                using var answer = new MemoryStream();
                var part = new byte[65_536];
                try
                {
                    while (await socket.ReceiveAsync(part, Cancel) is > 0 and var read) answer.Write(part, 0, read);
                }
                catch (SocketException)
                {
                    // What cannot be understood may be cut short.
                }
                var text = Encoding.UTF8.GetString(answer.ToArray());
                if (text.Length < 12) return;
                Check(int.Parse(text.AsSpan(9, 3), CultureInfo.InvariantCulture), answer.ToArray(), isHead: bytes.AsSpan().StartsWith("HEAD "u8));
            }
            ));
        });
        Assert.True(count > 50);
        Assert.Equal(System.Net.HttpStatusCode.OK, (await broker.SendAsync("GET", "types")).Status);
    }

    /// <summary>A log that a broken disk, or a hand, has changed: it opens with the beginning of what was there, or says that it is damaged.</summary>
    [Fact]
    public void Open_LogWithAnyBytesChanged_HasTheBeginningOrIsRefused()
    {
        var folder = Directory.CreateTempSubdirectory("michi-fuzz-").FullName;
        try
        {
            var path = Path.Combine(folder, "0000000000000001.log");
            using (var log = new ChangeLog(folder))
                for (var i = 1; i <= 40; i++)
                {
                    log.Add(new(i, i, "t", "urn:x:" + i, DateTimeOffset.UnixEpoch, null, new byte[i * 7]));
                    if (i % 3 == 0) log.Keep();
                }
            var good = File.ReadAllBytes(path);
            for (var seed = 0; seed < 400; seed++)
            {
                var bytes = new Mutation(seed).Bytes(good);
                File.WriteAllBytes(path, bytes);
                try
                {
                    using var log = new ChangeLog(folder);
                    Assert.Equal(Enumerable.Range(1, (int)log.Last).Select(i => (long)i), log.Read(0, log.Last).Select(c => c.Sequence));
                    // Nothing whole is cut off: what is gone lies behind the first byte that was changed.
                    var same = bytes.AsSpan().CommonPrefixLength(good);
                    Assert.True(bytes.Length == same || new FileInfo(path).Length <= same + 8 + 7 * 40 * 3 + 300, $"seed {seed}");
                }
                catch (InvalidDataException fault)
                {
                    Assert.Contains("is damaged at byte", fault.Message);
                }
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static IEnumerable<(string Input, Func<Task> Act)> Parsers(Mutation mutation, string text, byte[] json)
    {
        var (context, now) = (SampleEntity.Context, DateTimeOffset.UnixEpoch);
        var given = $"{text}  {Encoding.UTF8.GetString(json)}";
        yield return (given, Do(() => QFilter.Parse(text, context, mutation.OneIn(2) ? "kind" : null).Matches(Sample)));
        yield return (given, Do(() => QFilter.Parse(mutation.Text(FuzzCorpus.Parameters[4].Values[mutation.Random.Next(11)], Texts), context).Conditions.ToString()));
        yield return (given, Do(() => ScopeFilter.Parse(text).Matches(["/a/b"])));
        yield return (given, Do(() => TypeSelection.Parse(text, context).Matches(Sample.Types)));
        yield return (given, Do(() => Projection.Pick(text, context)));
        yield return (given, Do(() => Projection.Omit(text, context)));
        yield return (given, Do(() => Projection.Attrs(text, context)));
        yield return (given, Do(() => Ordering.Parse(text, context, mutation.OneIn(3) ? text : null).Compare(Sample, Sample)));
        yield return (given, Do(() => TemporalFilter.Parse(mutation.Of(["after", "between", text]), text, mutation.Of([text, "2030-01-01T00:00:00Z"]), mutation.Of([null, "observedAt", text]))));
        yield return (given, Do(() => Period.Parse(text).ToString()));
        yield return (given, Do(() => RequestLists.Ids(text)));
        yield return (given, Do(() => RequestLists.DatasetIds(text)));
        yield return (given, Do(() => RequestLists.Languages(text)));
        yield return (given, Do(() => TextPattern.Parse(text, "q").Matches(new string('a', 5_000))));
        yield return (given, Do(() => GeoFilter.Parse(mutation.Of(["within", "near;maxDistance==100", "equals", text]), mutation.Of(["Point", "Polygon", "LineString", "MultiPolygon"]), text, mutation.OneIn(2) ? "area" : null, context).Matches(Sample)));
        yield return (given, Do(() => GeoFilter.Parse("intersects", "Polygon", mutation.Text("[[[170,-10],[190,-10],[190,10],[170,10],[170,-10]]]", Texts), "area", context).Matches(Sample)));
        yield return (given, Do(() => Same(Read(Encoding.UTF8.GetString(json), mutation.OneIn(2) ? InputForm.Normalized : InputForm.Simplified, mutation.Of([InputNeed.Whole, InputNeed.Attributes, InputNeed.Parts, InputNeed.Merge])))));
        yield return (given, Do(() => SubscriptionInput.Read(PlainJson.Parse(json), context, mutation.OneIn(2), now)));
        yield return (given, Do(() => RegistrationDocument.Read(PlainJson.Parse(json), context, mutation.OneIn(2), now)));
        yield return (given, Do(() => SnapshotInput.Read(PlainJson.Parse(json), mutation.OneIn(2), mutation.OneIn(2))));
        yield return (given, Do(() => PlainJson.Parse(mutation.Bytes(json))));
        var terms = mutation.Json(FuzzCorpus.Quoted(FuzzCorpus.Context));
        yield return (Encoding.UTF8.GetString(terms), async () =>
        {
            var read = await new ContextReader(new Nowhere()).ReadAsync("", PlainJson.Parse(terms), Cancel);
            foreach (var name in (string[])["speed", "ex:a", "label", text]) read.Compact(read.Expand(name));
        }
        );
        var broker = mutation.Bytes([0x20, 3, 0, 0, 0, 0x40, 2, 0, 1, 0x50, 2, 0, 1, 0x70, 2, 0, 1]);
        yield return (Convert.ToHexString(broker), () => MqttPublisher.PublishAsync(new TwoWay(broker), new MqttMessage(mutation.OneIn(2), "c", null, null, text, mutation.Random.Next(3), json), Cancel));
        yield return (given, Do(() => QFilter.Parse($"speed~={text}", context).Matches(Sample)));

        static Func<Task> Do(Func<object?> act) => () =>
        {
            act();
            return Task.CompletedTask;
        };
    }

    /// <summary>What was read comes back from the store as it was.</summary>
    private static object? Same(Entity entity)
    {
        entity.Attributes.RemoveAll(a => a.IsNull || a.Value.IsEmpty);
        var bytes = EntityCodec.Write(entity);
        Assert.Equal(bytes, EntityCodec.Write(EntityCodec.Read(bytes)));
        return null;
    }

    private static Entity Read(string json, InputForm form, InputNeed need) => new EntityReader(SampleEntity.Context, form, need).Read(PlainJson.Parse(Encoding.UTF8.GetBytes(json)));

    private sealed record BadRequest(string Method, string Path, string Query, IReadOnlyList<(string Name, string Value)> Headers, byte[]? Body)
    {
        public string Target => Path + Query;
    }

    private static BadRequest Request(Mutation mutation)
    {
        var (method, path, body) = mutation.Of(FuzzCorpus.Requests);
        path = $"{NgsiLdApi.Root}/{path.Replace("Thing:1", $"Thing:{mutation.Random.Next(4)}", StringComparison.Ordinal)}";
        if (mutation.OneIn(12)) path = "/ngsi-ld/v1/" + Uri.EscapeDataString(mutation.Text(path[12..], Texts).Replace("\0", "", StringComparison.Ordinal)).Replace("%2F", "/", StringComparison.Ordinal).Replace("%3A", ":", StringComparison.Ordinal);
        if (mutation.OneIn(30)) method = mutation.Of(["GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS"]);
        var query = new StringBuilder();
        if (method == "GET" || mutation.OneIn(4))
        {
            if (path.EndsWith("entities", StringComparison.Ordinal) && !mutation.OneIn(4)) Add(FuzzCorpus.Parameters[0]);
            if (path.Contains("temporal", StringComparison.Ordinal) && !mutation.OneIn(4)) query.Append(query.Length == 0 ? '?' : '&').Append("timerel=after&timeAt=2020-01-01T00:00:00Z");
            for (var more = mutation.Random.Next(4); more > 0; more--) Add(mutation.Of(FuzzCorpus.Parameters));
        }
        // Registrations make all requests of their tenant slow: they have few tenants of their own.
        var tenant = path.Contains("csource", StringComparison.Ordinal) || mutation.OneIn(8) ? $"r{mutation.Random.Next(2)}" : $"t{mutation.Random.Next(4)}";
        List<(string, string)> headers = [("NGSILD-Tenant", tenant)];
        if (mutation.OneIn(5) && mutation.Of(FuzzCorpus.Headers) is { Name: not "NGSILD-Tenant" } header) headers.Add((header.Name, Header(mutation.OneIn(2) ? mutation.Of(header.Values) : mutation.Text(mutation.Of(header.Values), Texts))));
        if (body is null || method is "GET" or "DELETE") return new(method, path, query.ToString(), headers, null);
        var json = FuzzCorpus.Quoted(body);
        headers.Add(("Content-Type", mutation.OneIn(8) ? "application/ld+json" : mutation.OneIn(20) ? "application/merge-patch+json" : "application/json"));
        return new(method, path, query.ToString(), headers, mutation.OneIn(4) ? Encoding.UTF8.GetBytes(json) : mutation.Json(json));

        void Add((string Name, string[] Values) parameter)
        {
            var value = mutation.Of(parameter.Values);
            if (mutation.OneIn(3)) value = mutation.Text(value, Texts);
            query.Append(query.Length == 0 ? '?' : '&').Append(parameter.Name).Append('=').Append(Uri.EscapeDataString(value.Length > 2_000 ? value[..2_000] : value));
        }

        static string Header(string value) => value.Length > 2_000 ? value[..2_000] : value;
    }

    /// <summary>What can be sent in the first lines of HTTP.</summary>
    private static string Encoded(string text, bool isHeader = false) => string.Concat(text.Select(c => c is > ' ' and < '\x7f' || (isHeader && c is ' ') ? $"{c}" : isHeader ? "?" : Uri.HexEscape((char)(c & 0xff))));

    /// <summary>Refusals that no input of ours is to blame for: contexts and sources at addresses where nobody is.</summary>
    private static void Check(int status, byte[] body, bool isHead = false)
    {
        // Kestrel's own answer to another version of HTTP; and one to HEAD, which has no body to tell whose fault it is.
        if (status is < 500 or 505 || (isHead && status is 502 or 504 or 508) || (status == 504 && body.AsSpan().IndexOf("LdContextNotAvailable"u8) >= 0) || (status is 502 or 504 or 508 && body.AsSpan().IndexOf("source"u8) >= 0)) return;
        throw new InvalidOperationException($"Answered {status}: {Encoding.UTF8.GetString(body)}");
    }

    /// <summary>Makes input and does something with it, by a few hands, for a part of the time there is.</summary>
    /// <returns>How many.</returns>
    private async Task<int> ForAsync(double part, Func<Mutation, int, Task<(string Input, Func<Task> Act)>> make)
    {
        var seconds = part * Setting("FUZZ_SECONDS", 20);
        var fresh = Setting("SEED", new Random().Next(1, 1_000_000));
        TestContext.Current.TestOutputHelper!.WriteLine($"seeds 1, 2, 3 and {fresh}, {seconds} s");
        var (began, count) = (Stopwatch.GetTimestamp(), 0);
        await Task.WhenAll(((int[])[1, 2, 3, fresh]).Select(seed => Task.Run(async () =>
        {
            for (var n = 0; Stopwatch.GetElapsedTime(began).TotalSeconds < seconds && _faults.Count < 30; n++)
            {
                var (input, act) = await make(new Mutation(unchecked(seed * 1_000_003 + n)), n);
                var start = Stopwatch.GetTimestamp();
                try
                {
                    await act().WaitAsync(TimeSpan.FromMilliseconds(3 * Slowest), Cancel);
                    if (Stopwatch.GetElapsedTime(start).TotalMilliseconds > Slowest) throw new InvalidOperationException($"It took {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s.");
                }
                catch (Exception fault) when (fault is NgsiLdException or JsonException or IOException)
                {
                    // Refused.
                }
                catch (Exception fault) when (!Cancel.IsCancellationRequested)
                {
                    var where = fault.StackTrace?.Split('\n').FirstOrDefault(l => l.Contains("Michi.CityOs", StringComparison.Ordinal))?.Trim() ?? "";
                    _faults.TryAdd($"{fault.GetType().Name} {where}{(fault is InvalidOperationException ? fault.Message : "")}", $"seed {seed}, {n}: {fault.Message}\n    {where}\n    {(input.Length > 1_500 ? input[..1_500] : input)}");
                }
                Interlocked.Increment(ref count);
            }
        })));
        TestContext.Current.TestOutputHelper!.WriteLine($"{count} inputs");
        Assert.True(_faults.IsEmpty, string.Join("\n", _faults.Values));
        return count;
    }

    private static int Setting(string name, int usual) => Environment.GetEnvironmentVariable("MICHI_BAD_DAYS_" + name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : usual;

    private sealed class Nowhere : IContextSource
    {
        public ValueTask<JsonElement> GetAsync(string tenant, Uri address, CancellationToken cancel) => throw NgsiLdException.LdContextNotAvailable(address.AbsoluteUri);

        public bool IsChanged() => false;

        public void Used(string tenant, string url)
        {
        }
    }

    /// <summary>A connection whose other end sends what it likes.</summary>
    private sealed class TwoWay(byte[] incoming) : MemoryStream(incoming, writable: false)
    {
        public override bool CanWrite => true;

        public override void Write(byte[] buffer, int offset, int count)
        {
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;
    }
}
