using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Michi.CityOs.Subscriptions;

namespace Michi.UnitTests.CityOs;

/// <summary>Against a real broker; without mosquitto the tests skip.</summary>
public sealed class MqttPublisherTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true, 0), InlineData(true, 1), InlineData(true, 2), InlineData(false, 0), InlineData(false, 1), InlineData(false, 2)]
    public async Task Publish_ToABroker_Arrives(bool isVersion5, int quality)
    {
        await using var broker = await Mosquitto.StartAsync();
        using var listener = await MqttListener.StartAsync(broker.Port, "city/#", null, null);
        // More than 127 and more than 16,383 bytes, so that the length takes several.
        foreach (var size in (int[])[0, 100, 20_000])
        {
            var payload = Encoding.UTF8.GetBytes(new string('é', size));
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, broker.Port, Cancel);
            await MqttPublisher.PublishAsync(client.GetStream(), new(isVersion5, "michi1", null, null, "city/notices", quality, payload), Cancel);
            Assert.Equal(payload, await listener.NextAsync());
        }
    }

    [Theory]
    [InlineData(true, "secret", true), InlineData(false, "secret", true), InlineData(true, "wrong", false), InlineData(false, "wrong", false), InlineData(true, null, false)]
    public async Task Publish_WithUserAndPassword_OnlyTheRightOneIsTaken(bool isVersion5, string? password, bool isTaken)
    {
        await using var broker = await Mosquitto.StartAsync(("city", "secret"));
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, broker.Port, Cancel);
        var publishing = MqttPublisher.PublishAsync(client.GetStream(), new(isVersion5, "michi1", password is null ? null : "city", password, "a", 1, "x"u8.ToArray()), Cancel);
        if (isTaken) await publishing;
        else Assert.Contains("refused", (await Assert.ThrowsAsync<IOException>(() => publishing)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Notification_ByMqtt_HasHeaderAndBody()
    {
        await using var broker = await Mosquitto.StartAsync();
        using var listener = await MqttListener.StartAsync(broker.Port, "city/notices", null, null);
        await using var scene = await NotifierScene.StartAsync();
        await scene.SubscribeAsync("urn:s:1", new Uri($"mqtt://127.0.0.1:{broker.Port}/city/notices"), endpointMembers: "'receiverInfo': [{'key': 'X-Key', 'value': 'v'}], 'notifierInfo': [{'key': 'MQTT-QoS', 'value': '1'}], ");
        await scene.WriteAsync("urn:ngsi-ld:Room:1", "'temperature': {'value': 1}");
        var message = JsonSerializer.Deserialize<JsonElement>(await listener.NextAsync());
        Assert.Equal("application/json", message.GetProperty("metadata").GetProperty("Content-Type").GetString());
        Assert.Equal("v", message.GetProperty("metadata").GetProperty("X-Key").GetString());
        Assert.Equal("urn:ngsi-ld:Room:1", message.GetProperty("body").GetProperty("data")[0].GetProperty("id").GetString());
    }

    private sealed class Mosquitto : IAsyncDisposable
    {
        private readonly Process _process;
        private readonly string _folder;

        private Mosquitto(Process process, string folder, int port) => (_process, _folder, Port) = (process, folder, port);

        public int Port { get; }

        public static async Task<Mosquitto> StartAsync((string Name, string Password)? user = null)
        {
            var program = ((string[])["/usr/sbin/mosquitto", "/usr/bin/mosquitto", "/opt/homebrew/sbin/mosquitto"]).FirstOrDefault(File.Exists);
            Assert.SkipWhen(program is null, "mosquitto is not installed.");
            int port;
            using (var free = new TcpListener(IPAddress.Loopback, 0))
            {
                free.Start();
                port = ((IPEndPoint)free.LocalEndpoint).Port;
            }
            var folder = Directory.CreateTempSubdirectory("michi-mqtt-").FullName;
            var passwords = Path.Combine(folder, "passwords");
            var configuration = $"listener {port} 127.0.0.1\nuser {Environment.UserName}\n" + (user is null ? "allow_anonymous true\n" : $"allow_anonymous false\npassword_file {passwords}\n");
            if (user is { } one)
            {
                await File.WriteAllTextAsync(passwords, $"{one.Name}:{one.Password}\n", Cancel);
                using var hashing = Process.Start(Path.Combine(Path.GetDirectoryName(program)!, "..", "bin", "mosquitto_passwd"), ["-U", passwords]);
                await hashing.WaitForExitAsync(Cancel);
            }
            await File.WriteAllTextAsync(Path.Combine(folder, "mosquitto.conf"), configuration, Cancel);
            var process = Process.Start(new ProcessStartInfo(program!, ["-c", Path.Combine(folder, "mosquitto.conf")]) { RedirectStandardError = true })!;
            process.BeginErrorReadLine();
            var broker = new Mosquitto(process, folder, port);
            for (var tries = 0; ; tries++)
            {
                try
                {
                    using var probe = new TcpClient();
                    await probe.ConnectAsync(IPAddress.Loopback, port, Cancel);
                    return broker;
                }
                catch (SocketException) when (tries < 100 && !process.HasExited)
                {
                    await Task.Delay(50, Cancel);
                }
            }
        }

        public async ValueTask DisposeAsync()
        {
            if (!_process.HasExited) _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
            _process.Dispose();
            Directory.Delete(_folder, recursive: true);
        }
    }

    /// <summary>As much of an MQTT 3.1.1 client as it takes to listen.</summary>
    private sealed class MqttListener : IDisposable
    {
        private readonly TcpClient _client = new();

        public static async Task<MqttListener> StartAsync(int port, string topic, string? user, string? password)
        {
            Assert.True(user is null && password is null);
            var listener = new MqttListener();
            await listener._client.ConnectAsync(IPAddress.Loopback, port, Cancel);
            var stream = listener._client.GetStream();
            await stream.WriteAsync(new byte[] { 0x10, 16, 0, 4, (byte)'M', (byte)'Q', (byte)'T', (byte)'T', 4, 2, 0, 0, 0, 4, (byte)'t', (byte)'e', (byte)'s', (byte)'t' }, Cancel);
            Assert.Equal(0x20, (await ReadAsync(stream)).Kind);
            var filter = Encoding.UTF8.GetBytes(topic);
            await stream.WriteAsync((byte[])[0x82, (byte)(filter.Length + 5), 0, 1, 0, (byte)filter.Length, .. filter, 0], Cancel);
            Assert.Equal(0x90, (await ReadAsync(stream)).Kind);
            return listener;
        }

        /// <summary>The payload of the next message.</summary>
        public async Task<byte[]> NextAsync()
        {
            var (kind, body) = await ReadAsync(_client.GetStream()).WaitAsync(TimeSpan.FromSeconds(10), Cancel);
            Assert.Equal(0x30, kind & 0xf0);
            return body[(2 + BinaryPrimitives.ReadUInt16BigEndian(body))..];
        }

        public void Dispose() => _client.Dispose();

        private static async Task<(byte Kind, byte[] Body)> ReadAsync(NetworkStream stream)
        {
            var one = new byte[1];
            await stream.ReadExactlyAsync(one, Cancel);
            var kind = one[0];
            var (length, shift) = (0, 0);
            do
            {
                await stream.ReadExactlyAsync(one, Cancel);
                length |= (one[0] & 0x7f) << shift;
                shift += 7;
            }
            while (one[0] >= 0x80);
            var body = new byte[length];
            await stream.ReadExactlyAsync(body, Cancel);
            return (kind, body);
        }
    }
}
